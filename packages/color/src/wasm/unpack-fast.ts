import { type Row, rgbRows, yuvRows } from '../color-map.js'
import { colorFamily, yuvCoefficients } from '../color-space.js'
import type { SamplingPlan } from '../geometry.js'
import { normalisation } from '../tensor-format.js'
import type { RawImage, TensorFormat, UnpackOptions } from '../types.js'
import { dropMask, none, sharedChromaStride } from './convert-fast.js'
import { type Lane, lanesOf, runBlocks } from './fast.js'
import { channelOrder, floatPixels, floatPlane, floatPlanes, isWholeShift, writePixelNorm } from './tensor-fast.js'
import type { Workspace } from './workspace.js'

// How the kernel's chroma (four U, four V, four U, four V) lies in memory: all U before all V, or in pairs.
const partedMask = [0, 1, 2, 3, 8, 9, 10, 11, 4, 5, 6, 7, 12, 13, 14, 15]
const uFirstMask = [0, 4, 1, 5, 2, 6, 3, 7, 8, 12, 9, 13, 10, 14, 11, 15]
const vFirstMask = [4, 0, 5, 1, 6, 2, 7, 3, 12, 8, 13, 9, 14, 10, 15, 11]

/** A lane from pixel (x, y) on. */
function laneFrom({ plane: { data, stride }, bytes, half }: Lane, x: number, y: number): Lane {
  return { plane: { data: data.subarray(y * stride + x * bytes), stride }, bytes, half }
}

function pixelsToPacked(space: Workspace, k: number, source: Lane, tensor: TensorFormat, target: RawImage): true {
  const { mean, std } = normalisation(tensor)
  writePixelNorm(
    space,
    k,
    std.map((each) => each * 255),
    mean.map((each) => each * 255 + 0.5),
  )
  const lanes = lanesOf(target)
  const step = lanes[0]!.bytes
  const order = channelOrder(target, tensor)
  const { bytes } = space.arena
  bytes.fill(none, k + 32, k + 48)
  bytes.fill(0, k + 48, k + 64)
  for (let pixel = 0; pixel < 4; pixel++) {
    bytes.set(
      order.map((lane) => pixel * 4 + lane),
      k + 32 + pixel * step,
    )
    if (step === 4) bytes[k + 48 + pixel * 4 + 3] = 255
  }
  runBlocks(space, [source], lanes, target.width, target.height, ([from], [sink], w, h) => {
    space.kernels.pixelsToPacked(k, from!.address, from!.stride, sink!.address, sink!.stride, step, w, h)
  })
  return true
}

/** Opaque packed pixels, 4:2:0 or grey from float32 without resampling; returns whether the request is that. */
export function unpackBlocks(
  space: Workspace,
  k: number,
  data: Uint8Array,
  tensor: TensorFormat,
  plan: SamplingPlan,
  target: RawImage,
  chroma: UnpackOptions['chroma'],
): boolean {
  if (!isWholeShift(plan)) return false
  const [x, y] = [plan.map[2], plan.map[5]]
  const pixels = floatPixels(tensor, data)
  const planes = floatPlanes(tensor, data)?.map((plane) => laneFrom(plane, x, y))
  switch (colorFamily(target.format)) {
    case 'rgb':
      if (pixels !== undefined) return pixelsToPacked(space, k, laneFrom(pixels, x, y), tensor, target)
      return planes !== undefined && floatToPacked(space, k, planes, tensor, target)
    case 'yuv':
      if (planes === undefined || chroma?.down === 'cosited' || !sharedChromaStride(target)) return false
      return floatToYuv(space, k, planes, tensor, target)
    case 'gray': {
      const single = tensor.channels === 'GRAY' ? floatPlane(tensor, data) : undefined
      return single !== undefined && planeToBytes(space, laneFrom(single, x, y), tensor, target)
    }
    default:
      return false
  }
}

function planeToBytes(space: Workspace, source: Lane, tensor: TensorFormat, target: RawImage): true {
  const { mean, std } = normalisation(tensor)
  const [scale, bias] = [std[0]! * 255, mean[0]! * 255 + 0.5]
  runBlocks(space, [source], lanesOf(target), target.width, target.height, ([from], [to], w, h) => {
    for (let y = 0; y < h; y++) {
      space.kernels.floatToBytes(from!.address + y * from!.stride, w, scale, bias, to!.address + y * to!.stride)
    }
  })
  return true
}

function floatToPacked(
  space: Workspace,
  k: number,
  planes: readonly Lane[],
  tensor: TensorFormat,
  target: RawImage,
): true {
  const { mean, std } = normalisation(tensor)
  const order = channelOrder(target, tensor)
  const view = new DataView(space.arena.memory.buffer, k)
  order.forEach((channel, i) => {
    view.setFloat32(i * 8, std[channel]! * 255, true)
    view.setFloat32(i * 8 + 4, mean[channel]! * 255 + 0.5, true)
  })
  space.arena.bytes.set(dropMask, k + 32)
  const ordered = order.map((channel) => planes[channel]!)
  const lanes = lanesOf(target)
  const step = lanes[0]!.bytes
  const call = space.kernels.floatToPacked
  runBlocks(space, ordered, lanes, target.width, target.height, ([a, b, c], [sink], w, h) => {
    call(k, a!.address, b!.address, c!.address, a!.stride, sink!.address, sink!.stride, step, w, h)
  })
  return true
}

function floatToYuv(
  space: Workspace,
  k: number,
  planes: readonly Lane[],
  tensor: TensorFormat,
  target: RawImage,
): true {
  const { mean, std } = normalisation(tensor)
  const order = tensor.channels === 'RGB' ? [0, 1, 2] : [2, 1, 0]
  const [luma, u, v] = yuvRows(rgbRows({ family: 'rgb' }), yuvCoefficients(target.colorSpace))
  // Chroma is weighed from the sum of a block's four pixels.
  const ofFour = ([r, g, b, offset]: Row): Row => [r / 4, g / 4, b / 4, offset]
  const norm = order.flatMap((channel) => [std[channel]! * 255, mean[channel]! * 255])
  const rows = [luma, ofFour(u), ofFour(v)].flatMap(([r, g, b, offset]) => [r, g, b, offset + 0.5])
  const view = new DataView(space.arena.memory.buffer, k)
  ;[...norm, ...rows].forEach((value, i) => {
    view.setFloat32(i * 4, value, true)
  })
  const planar = target.format === 'I420'
  const paired = target.format === 'NV12' ? uFirstMask : vFirstMask
  space.arena.bytes.set(planar ? partedMask : paired, k + 80)
  const call = space.kernels.floatToYuv
  const ordered = order.map((channel) => planes[channel]!)
  runBlocks(space, ordered, lanesOf(target), target.width, target.height, ([r, g, b], [y, c, d = c], w, h) => {
    call(
      k,
      r!.address,
      g!.address,
      b!.address,
      r!.stride,
      y!.address,
      y!.stride,
      c!.address,
      d!.address,
      c!.stride,
      w,
      h,
      planar,
    )
  })
  return true
}
