import type { RawImage } from '@i2i/color'
import { expect } from 'vitest'
import type { Translation, Translator } from '../src/types.js'
import { echo, fakeBackend, loadFake } from '../test/fake-backend.js'

/** A translator that gives back what it gets. */
export async function link(): Promise<Translator> {
  return await loadFake({}, { backend: fakeBackend(echo) })
}

/** Four colours, none a channel permutation or a mirror image of another: [left top, right top, left bottom, right bottom]. */
export const corners = [
  [200, 40, 90],
  [30, 160, 70],
  [20, 60, 220],
  [240, 230, 100],
] as const

/** RGBA bytes of a picture whose quarters are the four colours. */
export function quarters(width: number, height: number): Uint8ClampedArray<ArrayBuffer> {
  const data = new Uint8ClampedArray(4 * width * height)
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const color = corners[(y < height / 2 ? 0 : 2) + (x < width / 2 ? 0 : 1)]
      data.set([...(color ?? []), 255], 4 * (y * width + x))
    }
  }
  return data
}

/** A new canvas with the four colours. */
export function quartersCanvas(width: number, height: number): HTMLCanvasElement {
  const canvas = document.createElement('canvas')
  canvas.width = width
  canvas.height = height
  canvas.getContext('2d')?.putImageData(new ImageData(quarters(width, height), width, height), 0, 0)
  return canvas
}

/** Rows of a picture's first plane, without what lies between them. */
export function bytes(image: RawImage, plane = 0, rowBytes?: number): number[] {
  const { data, stride } = image.planes[plane] ?? { data: new Uint8Array(), stride: 0 }
  const channels = { RGBA: 4, BGRA: 4, RGB: 3, BGR: 3, GRAY: 1, I420: 1, NV12: 1, NV21: 1 }[image.format]
  const row = rowBytes ?? image.width * channels
  const rows: number[] = []
  for (let start = 0; start < data.length; start += stride) rows.push(...data.subarray(start, start + row))
  return rows
}

/** The pixel at the middle of each quarter, as RGB. */
export function centres(image: RawImage): number[][] {
  const channels = image.format === 'RGB' ? 3 : 4
  const { data, stride } = image.planes[0] ?? { data: new Uint8Array(), stride: 0 }
  return [0.25, 0.75].flatMap((v) =>
    [0.25, 0.75].map((u) => {
      const at = Math.floor(v * image.height) * stride + Math.floor(u * image.width) * channels
      return [...data.subarray(at, at + 3)]
    }),
  )
}

/** The largest difference between two lists of numbers of one length. */
export function farthest(a: ArrayLike<number>, b: ArrayLike<number>): number {
  if (a.length !== b.length) throw new Error(`${a.length} numbers against ${b.length}`)
  let most = 0
  for (let i = 0; i < a.length; i++) most = Math.max(most, Math.abs((a[i] ?? 0) - (b[i] ?? 0)))
  return most
}

/** Whether the next call of a translator works. */
export async function stillWorks(translator: Translator): Promise<boolean> {
  const data = quarters(4, 4)
  const { image }: Translation = await translator.translate(new ImageData(data, 4, 4))
  return farthest(bytes(image), data) === 0
}

/** Counts the VideoFrames that are made and not closed, until disposed. */
export function countFrames(): Disposable & { readonly open: number } {
  const Original = VideoFrame
  const open = new Set<VideoFrame>()
  class Counted extends Original {
    constructor(picture: CanvasImageSource | AllowSharedBufferSource, init?: object) {
      super(picture as CanvasImageSource, init as VideoFrameInit)
      open.add(this)
    }
    override close(): void {
      open.delete(this)
      super.close()
    }
    override clone(): VideoFrame {
      const copy = super.clone()
      open.add(copy)
      return copy
    }
  }
  globalThis.VideoFrame = Counted as typeof VideoFrame
  return {
    get open() {
      return open.size
    },
    [Symbol.dispose]: () => {
      globalThis.VideoFrame = Original
    },
  }
}

/** An <img> that is loaded. */
export async function imageOf(file: Blob): Promise<HTMLImageElement> {
  const image = new Image()
  image.src = URL.createObjectURL(file)
  await image.decode()
  return image
}

// The test server has one origin. A drawing with HTML in it, from a blob, counts as another.
/** A canvas that the page may not read. */
export async function taintedCanvas(): Promise<HTMLCanvasElement> {
  const html = '<foreignObject width="8" height="8"><p xmlns="http://www.w3.org/1999/xhtml">i</p></foreignObject>'
  const file = new Blob([`<svg xmlns="http://www.w3.org/2000/svg" width="8" height="8">${html}</svg>`], {
    type: 'image/svg+xml',
  })
  const canvas = quartersCanvas(8, 8)
  const context = canvas.getContext('2d')
  context?.drawImage(await imageOf(file), 0, 0)
  expect(() => context?.getImageData(0, 0, 1, 1)).toThrow(/tainted/)
  return canvas
}

/** A <video> that shows what is on a canvas, for as long as `use` takes. */
export async function playing(
  canvas: HTMLCanvasElement,
  use: (video: HTMLVideoElement) => Promise<void>,
): Promise<void> {
  const picture = await createImageBitmap(canvas)
  const video = document.createElement('video')
  video.muted = true
  video.srcObject = canvas.captureStream(30)
  // A stream of a canvas carries a frame whenever something is drawn.
  const drawing = setInterval(() => canvas.getContext('2d')?.drawImage(picture, 0, 0), 20)
  try {
    await video.play()
    await use(video)
  } finally {
    clearInterval(drawing)
    video.srcObject = null
  }
}
