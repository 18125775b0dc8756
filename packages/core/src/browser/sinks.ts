import { type ColorSpaceInit, I2iError, type PixelFormat, type RawImage } from '@i2i/color'
import type { Parts } from '../parts.js'
import type { Picture } from '../picture.js'
import { isRawImage, type Sink } from '../sinks.js'
import { brand } from '../sources.js'
import type { ImageForms, TranslateOptions } from '../types.js'
import { contextOf, drawOn, hasWebGpu, imageData } from './canvas-sink.js'
import { type Canvas, host } from './dom.js'
import type { Room } from './room.js'
import { makeVideoFrame } from './video-frame.js'

/** The forms of a browser, and canvases. @throws OPTION_INVALID for what does not go together */
export async function openBrowserSink<A extends keyof ImageForms>(
  options: TranslateOptions<A>,
  parts: Parts,
  room: Room,
): Promise<Sink<A>> {
  const { as = 'RawImage' as A, format } = options
  const canvas = checkedCanvas(options)
  const draw = canvas && (await painter(canvas, parts))
  // An ImageData's and a RawImage's memory is the caller's; all others copy it.
  const keeps = as === 'ImageData' || as === 'RawImage'
  return {
    format: (source) => format ?? formatOf(as, source.format),
    into: ({ width, height }, target) =>
      keeps ? undefined : room.image(target.format, width, height, target.colorSpace),
    deliver: async (picture, source) => {
      if (draw) await draw(inRgba(picture, parts), source.image)
      return (await formOf(as, picture, source, room)) as ImageForms[A]
    },
  }
}

/** The canvas among the options, if there is one. @throws OPTION_INVALID for what does not go together */
export function checkedCanvas<A extends keyof ImageForms>(options: TranslateOptions<A>): Canvas | undefined {
  const { as = 'RawImage', into, format } = options
  check(as, into, format)
  return canvasOf(into)
}

// On a canvas with a WebGPU context only the GPU draws, also what was computed in memory.
async function painter(
  canvas: Canvas,
  parts: Parts,
): Promise<(picture: RawImage, source: RawImage) => void | Promise<void>> {
  if (!parts.session.gpuDevice || !hasWebGpu(canvas)) {
    const context = contextOf(canvas)
    return (picture, source) => drawOn(context, picture, source)
  }
  const gpu = await parts.gpu()
  return (picture) => gpu.present(parts, canvas, picture)
}

function inRgba(picture: RawImage, { color }: Parts): RawImage {
  return picture.format === 'RGBA' ? picture : color.convert(picture, { format: 'RGBA' })
}

async function formOf(as: keyof ImageForms, picture: RawImage, source: Picture, room: Room): Promise<unknown> {
  switch (as) {
    case 'RawImage':
      return picture
    case 'ImageData':
      return imageData(picture, source.image)
    case 'ImageBitmap':
      return await host.createImageBitmap?.(imageData(picture, source.image), { premultiplyAlpha: 'none' })
    case 'VideoFrame':
      return makeVideoFrame(picture, room.bytes.buffer, source.time, spaceOf(picture, source.image))
    case 'none':
      return undefined
    default:
      return as satisfies never
  }
}

// No operation here changes primaries and transfer: they are the source's.
function spaceOf({ colorSpace }: RawImage, source: RawImage): ColorSpaceInit {
  const { matrix, fullRange } = colorSpace
  const { primaries = null, transfer = null } = { ...source.colorSpace, ...colorSpace }
  return { matrix, fullRange, primaries, transfer }
}

function formatOf(as: keyof ImageForms, source: PixelFormat): PixelFormat | undefined {
  if (as === 'RawImage') return undefined
  const yuv = source === 'I420' || source === 'NV12' || source === 'NV21'
  return as === 'VideoFrame' && yuv ? 'I420' : 'RGBA'
}

const formats: Readonly<Record<Exclude<keyof ImageForms, 'RawImage'>, readonly PixelFormat[]>> = {
  ImageData: ['RGBA'],
  ImageBitmap: ['RGBA'],
  VideoFrame: ['I420', 'NV12', 'RGBA', 'BGRA'],
  none: ['RGBA'],
}

const classes: Readonly<Record<string, keyof typeof host>> = {
  ImageData: 'ImageData',
  ImageBitmap: 'createImageBitmap',
  VideoFrame: 'VideoFrame',
}

function check(as: keyof ImageForms, into: unknown, format: PixelFormat | undefined): void {
  const refuse = (problem: string): I2iError =>
    new I2iError('OPTION_INVALID', problem, { details: { as, ...(format && { format }) } })
  if (as !== 'RawImage') {
    if (!Object.hasOwn(formats, as)) {
      throw refuse(`as: "${as}" is unknown; ask for RawImage, ${Object.keys(formats).join(', ')}`)
    }
    if (isRawImage(into)) {
      throw refuse(`into: a RawImage takes as: "RawImage" alone, not "${as}"; leave one of them out`)
    }
    if (format && !formats[as].includes(format)) {
      throw refuse(`as: "${as}" is ${formats[as].join(', ')}, not ${format}; leave format out, or ask for "RawImage"`)
    }
    const needed = classes[as]
    if (needed && !host[needed]) {
      throw refuse(`as: "${as}": this host has no ${needed}; ask for "RawImage" with format "RGBA"`)
    }
  }
  if (as === 'none' && into === undefined) {
    throw refuse('as: "none" gives nothing back; pass a canvas as into, or ask for another form')
  }
}

function canvasOf(into: unknown): Canvas | undefined {
  if (into === undefined) return undefined
  const kind = brand(into)
  if (kind === 'HTMLCanvasElement' || kind === 'OffscreenCanvas') return into as Canvas
  throw new I2iError(
    'OPTION_INVALID',
    `into: expected a RawImage, an HTMLCanvasElement or an OffscreenCanvas, got ${kind}`,
    { details: { into: kind } },
  )
}
