import type { RawImage } from '@i2i/color'
import type { GpuSource } from '@i2i/color/webgpu'
import { checkBitmap, decode } from '../browser/bitmaps.js'
import { checkContext, checkSize } from '../browser/canvas-source.js'
import type { Bitmap, Canvas, Drawable, Frame, Image, Video } from '../browser/dom.js'
import { frameOf, timeOf, visiblePart } from '../browser/video-frame.js'
import type { Parts } from '../parts.js'
import type { Picture } from '../picture.js'
import type { PlanSource } from '../plan.js'
import { brand, displayP3, readSource } from '../sources.js'
import type { ImageSource } from '../types.js'
import { Elsewhere } from './fitness.js'

/** A source as the GPU reads it. Disposing it frees what was made to read it; the caller's stays his. */
export interface GpuInput extends Disposable {
  readonly source: GpuSource
  /** What the GPU sees of it: a video's YUV is RGB by then. */
  readonly image: PlanSource
  /** Present where the source was given in memory. */
  readonly inMemory?: RawImage
  readonly time?: Picture['time']
}

/** A source made ready for the GPU. @throws IMAGE_INVALID, OPTION_INVALID, Elsewhere */
export async function readGpuSource(source: ImageSource, parts: Parts): Promise<GpuInput> {
  const given: unknown = source
  const kind = brand(given)
  switch (kind) {
    case 'VideoFrame':
      return frameInput(given as Frame, kept, parts)
    case 'HTMLVideoElement': {
      const frame = frameOf(given as Video)
      if (!frame) throw new Elsewhere('this host has no VideoFrame')
      return closing(frame, (made, release) => frameInput(made, release, parts))
    }
    case 'ImageBitmap':
      checkBitmap(given as Bitmap)
      return drawableInput(given as Bitmap, kept)
    case 'HTMLCanvasElement':
    case 'OffscreenCanvas':
      checkSize(given as Canvas, kind)
      checkContext(given as Canvas, kind)
      return drawableInput(given as Canvas, kept)
    case 'Blob':
    case 'File':
    case 'HTMLImageElement': {
      const { bitmap, decision } = await decode(given as Blob | Image)
      parts.state(decision)
      return closing(bitmap, drawableInput)
    }
    default: {
      const { image } = await readSource(source, parts.browser)
      if (image.colorSpace.primaries === displayP3.primaries) throw new Elsewhere('its colours are not sRGB')
      return { source: image, image, inMemory: image, [Symbol.dispose]: kept }
    }
  }
}

const kept = (): void => undefined

function closing<T extends { close(): void }>(made: T, input: (made: T, release: () => void) => GpuInput): GpuInput {
  try {
    return input(made, () => made.close())
  } catch (error) {
    made.close()
    throw error
  }
}

function frameInput(frame: Frame, release: () => void, parts: Parts): GpuInput {
  const { width, height } = visiblePart(frame)
  const { format, rotation, flip, displayWidth, displayHeight } = frame
  if (rotation || flip || displayWidth !== width || displayHeight !== height) {
    throw new Elsewhere('the frame is turned, or its pixels are not square, and the GPU would read it as it is shown')
  }
  if (format && !/^(RGB|BGR)/.test(format)) {
    const reason = 'the browser turns its YUV into RGB as the GPU reads it'
    parts.state({ what: 'source', choice: `VideoFrame as external texture`, outcome: 'taken', reason })
  }
  const alpha = format === null || /A/.test(format)
  return { ...rgb(frame, { width, height }, alpha), time: timeOf(frame), [Symbol.dispose]: release }
}

function drawableInput(picture: Drawable, release: () => void): GpuInput {
  return { ...rgb(picture, picture, true), [Symbol.dispose]: release }
}

function rgb(picture: object, { width, height }: Drawable, alpha: boolean): Pick<GpuInput, 'source' | 'image'> {
  const image = {
    width,
    height,
    format: alpha ? 'RGBA' : 'RGB',
    colorSpace: { matrix: 'rgb', fullRange: true },
  } as const
  // Without DOM types the union has no member for it.
  return { source: picture as GpuSource, image }
}
