import {
  evaluate,
  lumaRow,
  type PlaneFamily,
  type RgbRows,
  type Row,
  rgbRows,
  storedRow,
  yuvRows,
} from '../color-map.js'
import { colorFamily, defaultLuma, yuvCoefficients } from '../color-space.js'
import type { SamplingPlan } from '../geometry.js'
import { hasAlpha, packedLayouts } from '../image.js'
import { normalisation, tensorChannels } from '../tensor-format.js'
import type { RawImage, TensorFormat } from '../types.js'
import { components } from './feed.js'
import { pictureSpans } from './sampling.js'
import type { ChannelSpec, PlaneSpec, TaskSpec } from './task.js'

// What the three operations mean, written as tasks: which planes are sampled how, and how they are mixed into the target's channels.

function familyOf(image: RawImage): PlaneFamily {
  const family = colorFamily(image.format)
  return family === 'yuv' ? { family, k: yuvCoefficients(image.colorSpace) } : { family }
}

/** Plane indices of a mix over red, green, blue or Y, U, V; a lone plane stands for all three. */
function mixed(source: PlaneFamily): ChannelSpec['planes'] {
  return source.family === 'gray' ? [0, 0, 0] : [0, 1, 2]
}

const unbounded = { lo: Number.NEGATIVE_INFINITY, hi: Number.POSITIVE_INFINITY } as const
const opaque: Row = [0, 0, 0, 255]
const itself: Row = [1, 0, 0, 0]

/** Pads as red, green, blue, alpha; undefined where edges are repeated. */
function padOf({ pad }: SamplingPlan): readonly [number, number, number, number] | undefined {
  return pad === 'edge' ? undefined : pad
}

/** Image to tensor. */
export function packSpec(image: RawImage, tensor: TensorFormat, plan: SamplingPlan): TaskSpec {
  const source = familyOf(image)
  const alpha = hasAlpha(image.format) && tensor.channels === 'RGBA'
  const parts = components(image).slice(0, source.family === 'gray' ? 1 : alpha ? 4 : 3)
  // Overshoot is cut off before RGB is weighed into luma.
  const clamp = source.family === 'rgb' && plan.kernel === 'bicubic'
  const planes = parts.map(({ subsampling }): PlaneSpec => ({ plan, subsampling, floats: false, clamp }))
  const { mean, std } = normalisation(tensor)
  const channels = packRows(image, tensor, source, plan).map(({ row, planes: from, pad }, channel): ChannelSpec => {
    const scale = tensor.dtype === 'uint8' ? 1 : 1 / (255 * std[channel]!)
    const bias = tensor.dtype === 'uint8' ? 0 : (0 - mean[channel]!) / std[channel]!
    const ends = [bias, 255 * scale + bias]
    return {
      planes: from,
      row: [row[0] * scale, row[1] * scale, row[2] * scale, row[3] * scale + bias],
      lo: Math.min(...ends),
      hi: Math.max(...ends),
      pad: pad === undefined ? undefined : pad * scale + bias,
    }
  })
  return {
    width: tensor.width,
    height: tensor.height,
    planes,
    channels,
    layout: tensor.layout === 'NHWC' && channels.length > 1 ? 'interleaved' : 'planar',
    dtype: tensor.dtype,
    cosited: false,
    chromaPlanar: false,
    spans: pictureSpans(plan),
  }
}

interface Mixed {
  readonly row: Row
  readonly planes: ChannelSpec['planes']
  readonly pad: number | undefined
}

function packRows(image: RawImage, tensor: TensorFormat, source: PlaneFamily, plan: SamplingPlan): readonly Mixed[] {
  const planes = mixed(source)
  const pad = padOf(plan)
  const weights = yuvCoefficients(defaultLuma)
  const luma = lumaRow(source, weights)
  switch (tensor.channels) {
    case 'RGB':
    case 'BGR':
    case 'RGBA': {
      const rgb = rgbRows(source).map((row, i): Mixed => ({ row, planes, pad: pad?.[i] }))
      if (tensor.channels === 'BGR') return rgb.reverse()
      if (tensor.channels === 'RGB') return rgb
      const own = hasAlpha(image.format)
      return [...rgb, { row: own ? itself : opaque, planes: own ? [3, 3, 3] : [0, 0, 0], pad: pad?.[3] }]
    }
    case 'GRAY':
      return [{ row: luma, planes, pad: pad && evaluate(lumaRow({ family: 'rgb' }, weights), pad[0], pad[1], pad[2]) }]
    case 'Y': {
      const stored = source.family === 'yuv' ? source.k : weights
      const row = source.family === 'yuv' ? itself : storedRow(luma, weights)
      const padRow = storedRow(lumaRow({ family: 'rgb' }, stored), stored)
      return [{ row, planes, pad: pad && evaluate(padRow, pad[0], pad[1], pad[2]) }]
    }
    default:
      return tensor.channels satisfies never
  }
}

/** What a picture's red, green and blue are mixed from, and its alpha where it has one. */
interface Paint {
  readonly rgb: RgbRows
  readonly planes: ChannelSpec['planes']
  readonly pad: readonly [number, number, number, number] | undefined
  readonly alpha: { readonly plane: number; readonly pad: number | undefined } | undefined
}

/** The channels of an image target, in the order in which its bytes lie. */
function imageChannels(
  target: RawImage,
  paint: Paint,
  gray?: Row,
): Pick<TaskSpec, 'channels' | 'layout' | 'chromaPlanar'> {
  const { rgb, planes, pad } = paint
  const channel = (row: Row, padRow: Row): ChannelSpec => ({
    planes,
    row,
    ...unbounded,
    pad: pad && evaluate(padRow, pad[0], pad[1], pad[2]),
  })
  const plain = rgbRows({ family: 'rgb' })
  const family = colorFamily(target.format)
  if (family === 'rgb') {
    const layout = packedLayouts[target.format as keyof typeof packedLayouts]
    const channels: ChannelSpec[] = []
    ;[layout.r, layout.g, layout.b].forEach((offset, i) => {
      channels[offset] = channel(rgb[i]!, plain[i]!)
    })
    if (layout.a !== undefined) channels[layout.a] = alphaChannel(paint)
    return { channels, layout: 'interleaved', chromaPlanar: false }
  }
  const k = yuvCoefficients(target.colorSpace)
  const lumaOf = (rows: RgbRows): Row => yuvRows(rows, { ...k, a: 1, o: 0 })[0]
  if (family === 'gray') {
    return { channels: [channel(gray ?? lumaOf(rgb), lumaOf(plain))], layout: 'planar', chromaPlanar: false }
  }
  const padRows = yuvRows(plain, k)
  const [y, u, v] = yuvRows(rgb, k).map((row, i) => channel(row, padRows[i]!))
  const channels = target.format === 'NV21' ? [y!, v!, u!] : [y!, u!, v!]
  return { channels, layout: 'yuv', chromaPlanar: target.format === 'I420' }
}

function alphaChannel({ alpha, pad }: Paint): ChannelSpec {
  if (alpha === undefined) return { planes: [0, 0, 0], row: opaque, ...unbounded, pad: pad?.[3] }
  return { planes: [alpha.plane, alpha.plane, alpha.plane], row: itself, ...unbounded, pad: alpha.pad }
}

/** Image to image of the same size. */
export function convertSpec(image: RawImage, target: RawImage, plan: SamplingPlan, cosited: boolean): TaskSpec {
  const source = familyOf(image)
  const alpha = hasAlpha(image.format) && hasAlpha(target.format)
  const parts = components(image).slice(0, source.family === 'gray' ? 1 : alpha ? 4 : 3)
  const planes = parts.map(({ subsampling }): PlaneSpec => ({ plan, subsampling, floats: false, clamp: false }))
  // YUV's own luma is kept as it is; RGB is weighed as the target's matrix says.
  const gray = colorFamily(target.format) === 'gray' ? lumaRow(source, yuvCoefficients(target.colorSpace)) : undefined
  const paint: Paint = {
    rgb: rgbRows(source),
    planes: mixed(source),
    pad: undefined,
    alpha: alpha ? { plane: 3, pad: undefined } : undefined,
  }
  return {
    width: target.width,
    height: target.height,
    planes,
    ...imageChannels(target, paint, gray),
    dtype: 'uint8',
    cosited,
    spans: undefined,
  }
}

/** Tensor to image; `alphaPlan` says how the alpha image, fed to the plane behind the tensor's, reaches the target. */
export function unpackSpec(
  tensor: TensorFormat,
  target: RawImage,
  plan: SamplingPlan,
  given: boolean,
  alphaPlan: SamplingPlan | undefined,
  cosited: boolean,
): TaskSpec {
  const count = tensorChannels(tensor.channels)
  const planes: PlaneSpec[] = Array.from({ length: count }, () => ({
    plan,
    subsampling: 'full',
    floats: true,
    // Where no kernel runs the feed has done it.
    clamp: !plan.exact,
  }))
  if (alphaPlan !== undefined) planes.push({ plan: alphaPlan, subsampling: 'full', floats: false, clamp: false })
  const pad = padOf(plan)
  const spans = pictureSpans(plan)
  const common = { width: target.width, height: target.height, planes, dtype: 'uint8', cosited, spans } as const
  if (tensor.channels === 'Y' && colorFamily(target.format) === 'yuv') {
    return { ...common, ...storedLuma(target, pad) }
  }
  // Alpha of its own, or 255 with the pad's; the pad does not touch the alpha of an image given for it.
  const own = tensor.channels === 'RGBA' && !given ? { plane: 3, pad: pad?.[3] } : undefined
  const other = alphaPlan === undefined ? undefined : { plane: count, pad: undefined }
  return {
    ...common,
    ...imageChannels(target, {
      rgb: tensorRgb(tensor),
      planes: count === 1 ? [0, 0, 0] : [0, 1, 2],
      pad: given && pad ? [pad[0], pad[1], pad[2], 255] : pad,
      alpha: other ?? own,
    }),
  }
}

/** Luma as stored goes back as it is, with colourless chroma; the pad is stored as the target's matrix says. */
function storedLuma(
  target: RawImage,
  pad: ReturnType<typeof padOf>,
): Pick<TaskSpec, 'channels' | 'layout' | 'chromaPlanar'> {
  const [y] = yuvRows(rgbRows({ family: 'rgb' }), yuvCoefficients(target.colorSpace))
  const neutral: ChannelSpec = { planes: [0, 0, 0], row: [0, 0, 0, 128], ...unbounded, pad: undefined }
  const luma: ChannelSpec = {
    planes: [0, 0, 0],
    row: itself,
    ...unbounded,
    pad: pad && evaluate(y, pad[0], pad[1], pad[2]),
  }
  return { channels: [luma, neutral, neutral], layout: 'yuv', chromaPlanar: target.format === 'I420' }
}

function tensorRgb(tensor: TensorFormat): RgbRows {
  const [first, second, third] = rgbRows({ family: 'rgb' })
  switch (tensor.channels) {
    case 'RGB':
    case 'RGBA':
      return [first, second, third]
    case 'BGR':
      return [third, second, first]
    case 'GRAY':
      return rgbRows({ family: 'gray' })
    case 'Y': {
      const { a, o } = yuvCoefficients(defaultLuma)
      const gray: Row = [a, 0, 0, -a * o]
      return [gray, gray, gray]
    }
    default:
      return tensor.channels satisfies never
  }
}
