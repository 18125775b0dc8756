import type { ColorSpaceInit, Rect } from '@i2i/color'

// What is used of the browser's classes: no public type needs lib.dom, and this package is checked without it.

/** A VideoFrame; closed ones have no visibleRect. `rotation` and `flip` are of newer browsers. */
export interface Frame {
  readonly displayWidth: number
  readonly displayHeight: number
  readonly format: string | null
  readonly visibleRect: Rect | null
  readonly rotation?: number
  readonly flip?: boolean
  readonly timestamp: number
  readonly duration: number | null
  readonly colorSpace: { toJSON(): ColorSpaceInit }
  allocationSize(options?: { format: string }): number
  copyTo(bytes: Uint8Array | Uint8ClampedArray, options?: { format: string }): Promise<unknown>
  close(): void
}

/** What drawImage() takes. */
export interface Drawable {
  readonly width: number
  readonly height: number
}

export interface Bitmap extends Drawable {
  close(): void
}

export interface Image extends Drawable {
  readonly naturalWidth: number
  readonly naturalHeight: number
  readonly currentSrc: string
  readonly src: string
  decode(): Promise<void>
}

export interface Video {
  readonly readyState: number
  readonly videoWidth: number
  readonly videoHeight: number
  readonly currentTime: number
}

export interface Pixels extends Drawable {
  readonly data: Uint8ClampedArray
}

export interface Context2d {
  readonly canvas: Canvas
  drawImage(image: object, x: number, y: number, width: number, height: number): void
  clearRect(x: number, y: number, width: number, height: number): void
  getImageData(x: number, y: number, width: number, height: number): Pixels
  putImageData(pixels: Pixels, x: number, y: number): void
  isContextLost?(): boolean
}

/** A canvas of either kind. */
export interface Canvas {
  width: number
  height: number
  getContext(kind: '2d', options?: object): Context2d | null
  getContext(kind: 'webgpu'): object | null
  getContext(kind: 'webgl' | 'webgl2'): { isContextLost(): boolean } | null
}

interface FrameInit {
  readonly format: string
  readonly codedWidth: number
  readonly codedHeight: number
  readonly timestamp: number
  readonly duration?: number
  readonly layout?: readonly { readonly offset: number; readonly stride: number }[]
  readonly colorSpace?: ColorSpaceInit
}

interface Host {
  readonly VideoFrame?: {
    new (bytes: ArrayBuffer, init: FrameInit): Frame
    new (picture: object, init?: { timestamp: number; duration?: number }): Frame
  }
  readonly OffscreenCanvas?: new (width: number, height: number) => Canvas
  readonly document?: { createElement(name: 'canvas'): Canvas }
  readonly ImageData?: new (bytes: Uint8ClampedArray, width: number, height: number, settings?: object) => Pixels
  createImageBitmap?(source: object, options?: object): Promise<Bitmap>
}

/** The page's or worker's own globals; each may be missing. */
export const host = globalThis as unknown as Host
