import { colorFamily, yuvCoefficients } from '../color-space.js'
import type { SamplingPlan } from '../geometry.js'
import { normalisation } from '../tensor-format.js'
import type { Plane, RawImage, TensorFormat } from '../types.js'
import { rgbRows } from './color-map.js'
import { chromaMask, sharedChromaStride } from './convert-fast.js'
import { lanesOf, runBlocks } from './fast.js'
import type { Workspace } from './workspace.js'

/** The part of the image that a plan copies pixel by pixel from an even place, as an image; undefined for any other plan. */
function wholePixels(image: RawImage, plan: SamplingPlan): RawImage | undefined {
  const { map, width, height, bounds } = plan
  const [a, b, x, d, e, y] = map
  const shift = plan.exact && a === 1 && b === 0 && d === 0 && e === 1
  const inside = x >= bounds.x0 && y >= bounds.y0 && x + width <= bounds.x1 && y + height <= bounds.y1
  const whole = plan.inner.x0 === 0 && plan.inner.y0 === 0 && plan.inner.x1 === width && plan.inner.y1 === height
  if (!shift || !inside || !whole || x % 2 !== 0 || y % 2 !== 0 || plan.chroma !== 'nearest') return undefined
  const planes = image.planes.map(({ data, stride }, index): Plane => {
    const column = index === 0 || image.format !== 'I420' ? x : x / 2
    return { data: data.subarray((index === 0 ? y : y / 2) * stride + column), stride }
  })
  return { ...image, width, height, planes }
}

/** 4:2:0 to float32 planes of red, green and blue without resampling; returns whether the request is that. */
export function packBlocks(
  space: Workspace,
  k: number,
  image: RawImage,
  tensor: TensorFormat,
  plan: SamplingPlan,
  data: Uint8Array,
): boolean {
  const colour = tensor.channels === 'RGB' || tensor.channels === 'BGR'
  if (!colour || tensor.layout !== 'NCHW' || tensor.dtype !== 'float32') return false
  if (colorFamily(image.format) !== 'yuv' || !sharedChromaStride(image)) return false
  const part = wholePixels(image, plan)
  if (part === undefined) return false
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
  const { width, height } = tensor
  const planeBytes = width * height * 4
  const targets = [0, 1, 2].map((channel) => ({
    plane: { data: data.subarray(channel * planeBytes, (channel + 1) * planeBytes), stride: width * 4 },
    bytes: 4,
    half: false,
  }))
  const planar = image.format === 'I420'
  runBlocks(space, lanesOf(part), targets, width, height, ([y, u, v = u], [first, second, third], w, h) => {
    space.kernels.yuvToFloat(
      k,
      y!.address,
      y!.stride,
      u!.address,
      v!.address,
      u!.stride,
      first!.address,
      second!.address,
      third!.address,
      first!.stride,
      w,
      h,
      planar,
    )
  })
  return true
}
