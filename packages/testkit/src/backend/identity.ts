import type { IoSpec, PixelBinding } from '@i2i/core'
import { expect } from 'vitest'
import { expectError } from './expect-error.js'
import type { Checks, Subject } from './subject.js'
import { type CpuTensor, maxError, noise, numbers, random, tensor } from './tensors.js'

type Size = readonly [width: number, height: number]
const input: PixelBinding = { tensor: 'x', layout: 'NCHW', dtype: 'float32', channels: 'RGB' }
const dynamic = ['height', 'width'] as const

function dimsOf({ layout, channels }: PixelBinding, [height, width]: readonly [number | string, number | string]) {
  const count = channels === 'RGBA' ? 4 : channels === 'RGB' || channels === 'BGR' ? 3 : 1
  return layout === 'NCHW' ? [1, count, height, width] : [1, height, width, count]
}

interface Link {
  readonly from: PixelBinding
  readonly to: PixelBinding
  readonly scale?: number
}

function ioOf({ from, to, scale = 1 }: Link): IoSpec {
  const large = dynamic.map((name) => (scale === 1 ? name : `${name}*${scale}`)) as [string, string]
  return {
    inputs: [{ name: from.tensor, dtype: from.dtype, dims: dimsOf(from, dynamic), binding: from }],
    outputs: [{ name: to.tensor, dtype: to.dtype, dims: dimsOf(to, large), role: 'image', binding: to, scale }],
  }
}

/** A pixel's channels in [0, 1], R G B (A) first to last; every value is one that uint8 holds. */
type Picture = (x: number, y: number, channel: number) => number

function picture([width]: Size, seed: number): Picture {
  const next = random(seed)
  const levels = Uint8Array.from({ length: 4 * 64 * 64 }, () => next() * 256)
  return (x, y, channel) => (levels[(y * width + x) * 4 + channel] ?? 0) / 255
}

/** The tensor that shows `picture` under a binding: (pixel - mean) / std, each pixel `scale` times `scale` times. */
function show(binding: PixelBinding, [width, height]: Size, picture: Picture, scale = 1): CpuTensor {
  const { layout, dtype, channels, mean = [], std = [] } = binding
  const large = { width: width * scale, height: height * scale }
  const dims = dimsOf(binding, [large.height, large.width]).map(Number)
  const count = Number(layout === 'NCHW' ? dims[1] : dims[3])
  const values = new Float64Array(count * large.width * large.height)
  for (let y = 0; y < large.height; y++) {
    for (let x = 0; x < large.width; x++) {
      for (let c = 0; c < count; c++) {
        const colour = channels === 'BGR' ? 2 - c : c
        const pixel = picture(Math.floor(x / scale), Math.floor(y / scale), colour)
        const index = layout === 'NCHW' ? (c * large.height + y) * large.width + x : (y * large.width + x) * count + c
        values[index] = dtype === 'uint8' ? Math.round(pixel * 255) : (pixel - (mean[c] ?? 0)) / (std[c] ?? 1)
      }
    }
  }
  return tensor(dtype, dims, values)
}

async function expectLink(subject: Subject, link: Link, tolerance = 0): Promise<void> {
  if (!subject.float16 && [link.from, link.to].some(({ dtype }) => dtype === 'float16')) {
    await expectNoFloat16(subject, link)
    return
  }
  const { backend, device } = subject
  await using session = await backend.openIdentity(ioOf(link), { device })
  const sizes: readonly Size[] = [
    [5, 3],
    [8, 4],
    [1, 7],
  ]
  for (const size of sizes) {
    const shown = picture(size, 7 + size[0])
    const expected = show(link.to, size, shown, link.scale)
    const { [link.to.tensor]: actual } = await session.run({ [link.from.tensor]: show(link.from, size, shown) })
    expect(actual?.dtype).toBe(expected.dtype)
    expect(actual?.dims).toEqual(expected.dims)
    if (tolerance === 0) expect(actual).toMatchObject({ data: expected.data })
    else expect(maxError(numbers(actual), numbers(expected))).toBeLessThanOrEqual(tolerance)
  }
}

// Some runtimes refuse to open the model, some to run it; what none may do is give numbers.
async function expectNoFloat16({ backend, device }: Subject, link: Link): Promise<void> {
  const size = [5, 3] as const
  const run = async () => {
    await using session = await backend.openIdentity(ioOf(link), { device })
    return await session.run({ [link.from.tensor]: show(link.from, size, picture(size, 1)) })
  }
  await expectError(run(), 'MODEL_UNSUPPORTED', /f(loat)?16/)
}

const dtypes = ['float32', 'float16', 'uint8'] as const
const layouts = ['NCHW', 'NHWC'] as const

/** openIdentity: the output shows the input's picture, exactly where no arithmetic is asked for. */
export const identityChecks: Checks<
  | 'identity: every dtype, layout and channel count is bit-exact'
  | 'identity: layouts and channel orders are exchanged bit-exactly'
  | 'identity: dtypes are exchanged'
  | 'identity: mean and std change'
  | 'identity: enlarges by nearest'
  | 'identity: masks are 1 and extra inputs are ignored'
  | 'identity: fixed sizes'
> = {
  async 'identity: every dtype, layout and channel count is bit-exact'(subject) {
    for (const dtype of dtypes) {
      for (const layout of layouts) {
        for (const channels of ['RGB', 'BGR', 'RGBA', 'GRAY', 'Y'] as const) {
          const binding = { ...input, dtype, layout, channels }
          await expectLink(subject, { from: binding, to: { ...binding, tensor: 'y' } })
        }
      }
    }
  },

  async 'identity: layouts and channel orders are exchanged bit-exactly'(subject) {
    for (const dtype of dtypes) {
      for (const layout of layouts) {
        const from: PixelBinding = { ...input, dtype, layout, channels: 'RGB' }
        const other = layout === 'NCHW' ? 'NHWC' : 'NCHW'
        await expectLink(subject, { from, to: { ...from, tensor: 'y', channels: 'BGR' } })
        await expectLink(subject, { from, to: { ...from, tensor: 'y', layout: other } })
        await expectLink(subject, { from: { ...from, channels: 'BGR' }, to: { ...from, tensor: 'y', layout: other } })
      }
    }
  },

  async 'identity: dtypes are exchanged'(subject) {
    const uint8: PixelBinding = { ...input, dtype: 'uint8', layout: 'NHWC' }
    const half: PixelBinding = { ...input, dtype: 'float16' }
    await expectLink(subject, { from: uint8, to: { ...input, tensor: 'y' } }, 1e-6)
    await expectLink(subject, { from: input, to: { ...uint8, tensor: 'y' } })
    await expectLink(subject, { from: input, to: { ...half, tensor: 'y' } }, 2 ** -11)
    await expectLink(subject, { from: half, to: { ...input, tensor: 'y' } }, 2 ** -11)
  },

  async 'identity: mean and std change'(subject) {
    const imageNet = { mean: [0.485, 0.456, 0.406], std: [0.229, 0.224, 0.225] }
    const half = { mean: [0.5, 0.5, 0.5], std: [0.5, 0.5, 0.5] }
    const bytes = { std: [1 / 255, 1 / 255, 1 / 255] }
    const tables = [
      [imageNet, half],
      [half, {}],
      [{}, imageNet],
      [half, bytes],
    ] as const
    for (const [before, after] of tables) {
      const to: PixelBinding = { ...input, ...after, tensor: 'y', layout: 'NHWC' }
      await expectLink(
        subject,
        { from: { ...input, ...before }, to },
        'std' in after && after.std === bytes.std ? 1e-3 : 2e-6,
      )
    }
    // In BGR, mean and std are B's first: per channel as stored.
    const bgr: PixelBinding = { ...input, tensor: 'y', channels: 'BGR', mean: [0.1, 0.2, 0.3], std: [1, 2, 4] }
    await expectLink(subject, { from: { ...input, ...imageNet }, to: bgr }, 2e-6)
  },

  async 'identity: enlarges by nearest'(subject) {
    for (const layout of layouts) {
      for (const scale of [2, 3]) {
        const binding: PixelBinding = { ...input, layout }
        await expectLink(subject, { from: binding, to: { ...binding, tensor: 'y' }, scale })
        await expectLink(subject, { from: binding, to: { ...binding, tensor: 'y', channels: 'BGR' }, scale })
      }
    }
  },

  async 'identity: masks are 1 and extra inputs are ignored'({ backend, device }) {
    const link = ioOf({ from: input, to: { ...input, tensor: 'y' } })
    const io: IoSpec = {
      inputs: [...link.inputs, { name: 'strength', dtype: 'float32', dims: [1] }],
      outputs: [...link.outputs, { name: 'mask', dtype: 'float32', dims: [1, 1, ...dynamic], role: 'mask' }],
    }
    await using session = await backend.openIdentity(io, { device })
    expect(session.inputs.map(({ name }) => name).sort()).toEqual(['strength', 'x'])
    const shown = show(input, [5, 3], picture([5, 3], 1))
    for (const strength of [0, Number.NaN]) {
      const { y, mask } = await session.run({ x: shown, strength: tensor('float32', [1], [strength]) })
      expect(y).toMatchObject({ data: shown.data })
      expect(mask).toMatchObject({ dtype: 'float32', dims: [1, 1, 3, 5], data: new Float32Array(15).fill(1) })
    }
  },

  async 'identity: fixed sizes'({ backend, device }) {
    const dims = [1, 3, 3, 5]
    const io: IoSpec = {
      inputs: [{ name: 'x', dtype: 'float32', dims, binding: input }],
      outputs: [{ name: 'y', dtype: 'float32', dims, role: 'image', binding: { ...input, tensor: 'y' } }],
    }
    await using session = await backend.openIdentity(io, { device })
    expect(session.inputs).toEqual([{ name: 'x', dtype: 'float32', dims }])
    expect(session.outputs).toEqual([{ name: 'y', dtype: 'float32', dims }])
    const data = noise(45, 3)
    expect(await session.run({ x: { location: 'cpu', dtype: 'float32', dims, data } })).toMatchObject({ y: { data } })
  },
}
