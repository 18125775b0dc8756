import { rgbRows } from '../color-map.js'
import { colorFamily, yuvCoefficients } from '../color-space.js'
import type { SamplingPlan } from '../geometry.js'
import { packedLayouts } from '../image.js'
import { normalisation } from '../tensor-format.js'
import type { Plane, RawImage, TensorFormat } from '../types.js'
import { chromaMask, none, sharedChromaStride, spreadMask } from './convert-fast.js'
import { type Lane, lanesOf, runBlocks } from './fast.js'
import type { Workspace } from './workspace.js'

/** Whether a plan moves every pixel by the same whole distance from inside the source, and pads nothing. */
export function isWholeShift({ map, width, height, bounds, inner, exact, chroma }: SamplingPlan): boolean {
  const [a, b, x, d, e, y] = map
  const shift = exact && a === 1 && b === 0 && d === 0 && e === 1
  const inside = x >= bounds.x0 && y >= bounds.y0 && x + width <= bounds.x1 && y + height <= bounds.y1
  const whole = inner.x0 === 0 && inner.y0 === 0 && inner.x1 === width && inner.y1 === height
  return shift && inside && whole && chroma === 'nearest'
}

/** The part of the image that a whole shift shows, as an image; undefined where it would cut a chroma block. */
function shiftedPart(image: RawImage, { map, width, height }: SamplingPlan): RawImage | undefined {
  const [x, y] = [map[2], map[5]]
  const lanes = lanesOf(image)
  if (lanes.length > 1 && (x % 2 !== 0 || y % 2 !== 0)) return undefined
  const planes = lanes.map(({ plane: { data, stride }, half, bytes }): Plane => {
    const [column, row] = half ? [x / 2, y / 2] : [x, y]
    return { data: data.subarray(row * stride + column * bytes), stride }
  })
  return { ...image, width, height, planes }
}

/** The three float32 planes of a tensor; undefined for a tensor that is not three of them. */
export function floatPlanes(
  { channels, layout, dtype, width, height }: TensorFormat,
  data: Uint8Array,
): readonly Lane[] | undefined {
  if ((channels !== 'RGB' && channels !== 'BGR') || layout !== 'NCHW' || dtype !== 'float32') return undefined
  const size = width * height * 4
  return [0, 1, 2].map((channel) => ({
    plane: { data: data.subarray(channel * size, (channel + 1) * size), stride: width * 4 },
    bytes: 4,
    half: false,
  }))
}

/** The interleaved float32 pixels of a tensor; undefined for a tensor that is not three channels of them. */
export function floatPixels({ channels, layout, dtype, width }: TensorFormat, data: Uint8Array): Lane | undefined {
  if ((channels !== 'RGB' && channels !== 'BGR') || layout !== 'NHWC' || dtype !== 'float32') return undefined
  return { plane: { data, stride: width * 12 }, bytes: 12, half: false }
}

/** The float32 plane of a tensor of one channel; undefined for any other tensor. */
export function floatPlane({ channels, dtype, width }: TensorFormat, data: Uint8Array): Lane | undefined {
  if ((channels !== 'GRAY' && channels !== 'Y') || dtype !== 'float32') return undefined
  return { plane: { data, stride: width * 4 }, bytes: 4, half: false }
}

/** Float32 from 4:2:0 or packed pixels without resampling; returns whether the request is that. */
export function packBlocks(
  space: Workspace,
  k: number,
  image: RawImage,
  tensor: TensorFormat,
  plan: SamplingPlan,
  data: Uint8Array,
): boolean {
  const targets = floatPlanes(tensor, data)
  const pixels = floatPixels(tensor, data)
  const single = floatPlane(tensor, data)
  if (!isWholeShift(plan) || !sharedChromaStride(image)) return false
  const part = shiftedPart(image, plan)
  if (part === undefined) return false
  // Luma goes into a tensor as stored.
  if (single !== undefined && colorFamily(image.format) === (tensor.channels === 'Y' ? 'yuv' : 'gray'))
    return bytesToPlane(space, part, tensor, single)
  switch (colorFamily(image.format)) {
    case 'yuv':
      return targets !== undefined && yuvToFloat(space, k, part, tensor, targets)
    case 'rgb':
      if (pixels !== undefined) return packedToPixels(space, k, part, tensor, pixels)
      return targets !== undefined && packedToFloat(space, k, part, tensor, targets)
    default:
      return false
  }
}

function bytesToPlane(space: Workspace, image: RawImage, tensor: TensorFormat, target: Lane): true {
  const { mean, std } = normalisation(tensor)
  const [scale, bias] = [1 / (255 * std[0]!), (0 - mean[0]!) / std[0]!]
  runBlocks(space, lanesOf(image).slice(0, 1), [target], tensor.width, tensor.height, ([source], [sink], w, h) => {
    for (let y = 0; y < h; y++) {
      space.kernels.bytesToFloat(source!.address + y * source!.stride, w, scale, bias, sink!.address + y * sink!.stride)
    }
  })
  return true
}

function yuvToFloat(
  space: Workspace,
  k: number,
  image: RawImage,
  tensor: TensorFormat,
  targets: readonly Lane[],
): true {
  const { mean, std } = normalisation(tensor)
  const rows = rgbRows({ family: 'yuv', k: yuvCoefficients(image.colorSpace) })
  const ordered = tensor.channels === 'RGB' ? rows : [rows[2], rows[1], rows[0]]
  const view = new DataView(space.arena.memory.buffer, k)
  ordered.forEach(([y, u, v, constant], channel) => {
    const scale = 1 / (255 * std[channel]!)
    const bias = (0 - mean[channel]!) / std[channel]!
    // Chroma comes less 128: what the constant holds for that is taken out again.
    const offset = (constant + 128 * (u + v)) * scale + bias
    const ends = [bias, 255 * scale + bias]
    ;[y * scale, u * scale, v * scale, offset, Math.min(...ends), Math.max(...ends)].forEach((value, i) => {
      view.setFloat32(channel * 24 + i * 4, value, true)
    })
  })
  space.arena.bytes.set(chromaMask(image.format, false), k + 80)
  const planar = image.format === 'I420'
  const call = space.kernels.yuvToFloat
  runBlocks(space, lanesOf(image), targets, tensor.width, tensor.height, ([y, u, v = u], [a, b, c], w, h) => {
    call(
      k,
      y!.address,
      y!.stride,
      u!.address,
      v!.address,
      u!.stride,
      a!.address,
      b!.address,
      c!.address,
      a!.stride,
      w,
      h,
      planar,
    )
  })
  return true
}

/** The order in which packed channels meet tensor channels: which tensor channel the first, second and third byte group is. */
export function channelOrder(image: RawImage, tensor: TensorFormat): readonly [number, number, number] {
  const redFirst = packedLayouts[image.format as keyof typeof packedLayouts].r === 0
  return redFirst === (tensor.channels === 'RGB') ? [0, 1, 2] : [2, 1, 0]
}

function packedToFloat(
  space: Workspace,
  k: number,
  image: RawImage,
  tensor: TensorFormat,
  targets: readonly Lane[],
): true {
  const { mean, std } = normalisation(tensor)
  const order = channelOrder(image, tensor)
  const view = new DataView(space.arena.memory.buffer, k)
  order.forEach((channel, i) => {
    view.setFloat32(i * 8, 1 / (255 * std[channel]!), true)
    view.setFloat32(i * 8 + 4, (0 - mean[channel]!) / std[channel]!, true)
  })
  space.arena.bytes.set(spreadMask(0), k + 32)
  space.arena.bytes.set(spreadMask(4), k + 48)
  const lanes = lanesOf(image)
  const step = lanes[0]!.bytes
  const call = space.kernels.packedToFloat
  const ordered = order.map((channel) => targets[channel]!)
  runBlocks(space, lanes, ordered, tensor.width, tensor.height, ([source], [a, b, c], w, h) => {
    call(k, source!.address, source!.stride, step, a!.address, b!.address, c!.address, a!.stride, w, h)
  })
  return true
}

/** Scale and bias of every tensor channel, as vectors of four floats at k. */
export function writePixelNorm(
  space: Workspace,
  k: number,
  scales: readonly number[],
  biases: readonly number[],
): void {
  const view = new DataView(space.arena.memory.buffer, k)
  scales.forEach((scale, channel) => {
    view.setFloat32(channel * 4, scale, true)
    view.setFloat32(16 + channel * 4, biases[channel]!, true)
  })
}

function packedToPixels(space: Workspace, k: number, image: RawImage, tensor: TensorFormat, target: Lane): true {
  const { mean, std } = normalisation(tensor)
  writePixelNorm(
    space,
    k,
    std.map((each) => 1 / (255 * each)),
    mean.map((each, channel) => (0 - each) / std[channel]!),
  )
  const lanes = lanesOf(image)
  const step = lanes[0]!.bytes
  const order = channelOrder(image, tensor)
  const mask = (early: number): number[] =>
    [0, 1, 2, 3].flatMap((pixel) => [...order.map((offset) => pixel * step + offset + early), none])
  space.arena.bytes.set(mask(0), k + 32)
  space.arena.bytes.set(mask(step === 3 ? 4 : 0), k + 48)
  runBlocks(space, lanes, [target], tensor.width, tensor.height, ([source], [sink], w, h) => {
    space.kernels.packedToPixels(k, source!.address, source!.stride, step, sink!.address, sink!.stride, w, h)
  })
  return true
}
