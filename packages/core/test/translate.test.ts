import { runInNewContext } from 'node:vm'
import { createImage, openColorEngine, type RawImage, rawImage } from '@i2i/color'
import { expect, it } from 'vitest'
import { memoryDump } from '../src/dump.js'
import type { Tensor } from '../src/ports.js'
import { echo, type FakeModel, fakeBackend, loadFake, noise, numbers, rgb } from './fake-backend.js'

const size = { width: 8, height: 4 }
const f32 = (dims: readonly number[], data: readonly number[]): Tensor => {
  return { dtype: 'float32', dims, location: 'cpu', data: Float32Array.from(data) }
}
const bytes = (image: RawImage): number[] => Array.from(image.planes[0]?.data ?? [])

it('takes slices of one tensor as picture, mask and data, in either layout', async () => {
  for (const layout of ['NCHW', 'NHWC'] as const) {
    const pixels = Array.from({ length: 32 }, (_, i) => i / 255)
    const channels = [
      pixels,
      pixels.map((p) => p + 40 / 255),
      pixels.map((p) => p + 80 / 255),
      pixels.map((p) => p * 8),
      pixels,
    ]
    const flat =
      layout === 'NCHW' ? channels.flat() : pixels.flatMap((_, i) => channels.map((channel) => channel[i] ?? 0))
    const dims = layout === 'NCHW' ? [1, 5, 4, 8] : [1, 4, 8, 5]
    const model: FakeModel = () => ({ y: f32(dims, flat) })
    const outputs = [
      { role: 'image', ...rgb, layout, slice: [0, 3] },
      { role: 'mask', tensor: 'y', layout, name: 'm', slice: [3, 4] },
      { role: 'data', tensor: 'y', layout, name: 'd', slice: [4, 5] },
    ] as const
    const input = { ...rgb, tensor: 'x', size }
    const translator = await loadFake({ input, outputs }, { backend: fakeBackend(model) })
    const result = await translator.translate(noise(8, 4))
    expect(bytes(result.image)).toEqual(pixels.flatMap((_, i) => [i, i + 40, i + 80]))
    expect(bytes(result.outputs['m'] as RawImage)).toEqual(pixels.map((_, i) => Math.min(255, i * 8)))
    expect(numbers(result.outputs['d']).map((value) => Math.round(value * 255))).toEqual(pixels.map((_, i) => i))
  }
})

it('feeds parameters: defaults, values of a call, every dtype', async () => {
  const params = {
    strength: { tensor: 's', dtype: 'float32', dims: [1], default: 0.25 },
    style: { tensor: 'v', dtype: 'float16', dims: [1, 3], default: [1, 0.5, -2] },
    steps: { tensor: 'n', dtype: 'int64', dims: [2], default: 7 },
  }
  const seen: Record<string, Tensor>[] = []
  const model: FakeModel = (feeds) => {
    seen.push(feeds)
    return echo(feeds) as Record<string, Tensor>
  }
  const inputs = [
    { name: 'x', dtype: 'float32', dims: [1, 3, 'h', 'w'] },
    { name: 's', dtype: 'float32', dims: [1] },
    { name: 'v', dtype: 'float16', dims: [1, 3] },
    { name: 'n', dtype: 'int64', dims: [2] },
  ]
  const translator = await loadFake({ params }, { backend: fakeBackend(model, { inputs }) })
  await translator.translate(noise(4, 4))
  await translator.translate(noise(4, 4), { params: { strength: 1, style: [0, 1, 65504] } })
  expect(seen.map((feeds) => numbers(feeds['s']))).toEqual([[0.25], [1]])
  expect(seen.map((feeds) => numbers(feeds['v']))).toEqual([
    [0x3c00, 0x3800, 0xc000],
    [0, 0x3c00, 0x7bff],
  ])
  expect(seen.map((feeds) => numbers(feeds['n']))).toEqual([
    [7, 7],
    [7, 7],
  ])
  for (const [values, says] of [
    [{ strnegth: 1 }, /strnegth.*strength/],
    [{ style: [1, 2] }, /3 float16/],
    [{ strength: Number.NaN }, /finite/],
  ] as const) {
    await expect(translator.translate(noise(4, 4), { params: values })).rejects.toThrow(says)
  }
})

it("a luma model leaves the picture's colour alone", async () => {
  using color = await openColorEngine({ engine: 'reference' })
  const luma = { tensor: 'x', layout: 'NCHW', dtype: 'float32', channels: 'Y' } as const
  const brighter: FakeModel = ({ x }) => {
    return x?.location === 'cpu' ? { y: { ...x, data: (x.data as Float32Array).map((value) => value + 10 / 255) } } : {}
  }
  const dims = [1, 1, 'h', 'w']
  const backend = fakeBackend(brighter, { inputs: [{ name: 'x', dtype: 'float32', dims }] })
  const change = {
    input: { ...luma, size: { multipleOf: 4 } },
    outputs: [{ role: 'image', ...luma, tensor: 'y' }],
  } as const
  const translator = await loadFake(change, { backend })
  const space = { matrix: 'bt709', fullRange: true } as const
  const frame = color.convert(noise(10, 6), { format: 'NV12', colorSpace: space })
  const { image } = await translator.translate(frame)
  expect(image).toMatchObject({ format: 'NV12', colorSpace: space })
  expect(bytes(image)).toEqual(bytes(frame).map((value) => Math.min(255, value + 10)))
  expect(image.planes[1]?.data).toEqual(frame.planes[1]?.data)
  const red = rawImage({
    format: 'RGB',
    width: 4,
    height: 4,
    data: new Uint8Array(48).map((_, i) => (i % 3 ? 30 : 160)),
  })
  const [r = 0, g = 0] = bytes((await translator.translate(red)).image)
  expect([r, g].map((value, i) => Math.round((value - [160, 30][i]!) / 4))).toEqual([3, 3])
})

it('a model without a picture leaves the picture as it was', async () => {
  const outputs = [{ role: 'data', tensor: 'y', name: 'boxes' }] as const
  const translator = await loadFake({ outputs }, { backend: fakeBackend(() => ({ y: f32([2], [1, 2]) })) })
  const photo = noise(9, 7)
  const result = await translator.translate(photo, { crop: { x: 1, y: 1, width: 5, height: 3 } })
  expect([result.image.width, result.image.height]).toEqual([5, 3])
  expect(bytes(result.image).slice(0, 15)).toEqual(bytes(photo).slice(30, 45))
  expect(numbers(result.outputs['boxes'])).toEqual([1, 2])
})

it('refuses what the manifest did not promise', async () => {
  const wrong: readonly [FakeModel, RegExp][] = [
    [() => ({ y: f32([1, 3, 2, 2], new Array(12).fill(0)) }), /\[1, 3, 4, 4\].*\[1, 3, 2, 2\]/],
    [() => ({ z: f32([1], [0]) }), /no tensor "y".*z/],
    [() => ({ y: { ...f32([1, 3, 4, 4], new Array(48).fill(0)), dtype: 'int32' } as Tensor }), /int32/],
  ]
  for (const [model, says] of wrong) {
    const translator = await loadFake({}, { backend: fakeBackend(model) })
    const refused = translator.translate(noise(4, 4))
    await expect(refused).rejects.toMatchObject({ code: 'SHAPE_MISMATCH', message: expect.stringMatching(says) })
  }
})

it('writes into the picture it is given, and converts when asked', async () => {
  const translator = await loadFake({}, { backend: fakeBackend(echo) })
  const photo = noise(6, 6)
  const into = createImage('BGRA', 6, 6)
  const { image } = await translator.translate(photo, { format: 'BGRA', into })
  expect(image).toBe(into)
  const rgba = (await translator.translate(photo, { format: 'RGBA' })).image
  const swapped = bytes(rgba).map((value, i, all) => (i % 4 === 3 ? value : (all[i - (i % 4) + 2 - (i % 4)] ?? 0)))
  expect(bytes(into)).toEqual(swapped)
  const yuv = await translator.translate(photo, { format: 'I420', colorSpace: { matrix: 'bt709', fullRange: true } })
  expect(yuv.image.colorSpace).toMatchObject({ matrix: 'bt709', fullRange: true })
})

it("keeps the source's YUV pixels outside of a cover crop, chroma blocks and all", async () => {
  using color = await openColorEngine({ engine: 'reference' })
  const input = { ...rgb, tensor: 'x', size: { width: 6, height: 6 } }
  const black: FakeModel = () => ({ y: f32([1, 3, 6, 6], new Array(108).fill(0)) })
  const translator = await loadFake({ input, resize: { fit: 'cover' } }, { backend: fakeBackend(black) })
  const frame = color.convert(noise(12, 6), { format: 'I420', colorSpace: { matrix: 'bt709', fullRange: true } })
  const { image } = await translator.translate(frame)
  const luma = bytes(image)
  expect(luma).toEqual(bytes(frame).map((value, i) => (i % 12 >= 3 && i % 12 < 9 ? 0 : value)))
  const chroma = Array.from(image.planes[1]?.data ?? [])
  const before = Array.from(frame.planes[1]?.data ?? [])
  expect(chroma).toEqual(before.map((value, i) => (i % 6 >= 2 && i % 6 < 4 ? 128 : value)))
})

it('times every stage, marks the first call cold, and states each decision once', async () => {
  const translator = await loadFake(
    { input: { ...rgb, tensor: 'x', size: { multipleOf: 4, maxPixels: 256 } } },
    { backend: fakeBackend(echo) },
  )
  const frame = rawImage({ format: 'I420', width: 32, height: 32, data: new Uint8Array(1536).fill(128) })
  const first = await translator.translate(frame)
  const second = await translator.translate(frame)
  expect([first.timings.cold, second.timings.cold, first.timings.dump, first.timings.readBacks]).toEqual([
    true,
    false,
    0,
    0,
  ])
  const { decode, pack, run, unpack, total } = second.timings
  expect(decode + pack + run + unpack).toBeLessThanOrEqual(total)
  expect(pack).toBeGreaterThan(0)
  const told = translator.decisions.filter(({ what }) => what === 'resize' || what === 'colorSpace')
  expect(told.map(({ what, choice }) => `${what}: ${choice}`)).toEqual([
    'colorSpace: smpte170m limited',
    'resize: 32x32 -> 16x16',
  ])
  expect(first.transform).toEqual([2, 0, 0, 0, 2, 0])
})

it('hands all four stages to a sink, and keeps going when the sink fails', async () => {
  const dump = memoryDump()
  const translator = await loadFake({}, { backend: fakeBackend(echo), dump })
  const photo = noise(5, 3)
  await translator.translate(photo)
  expect(dump.entries.map(({ stage, name }) => `${stage} ${name}`)).toEqual([
    'sdkInput image',
    'modelInput x',
    'modelOutput y',
    'sdkOutput image',
  ])
  expect(dump.calls.get(1)).toMatchObject({ outcome: 'ok', transform: [1, 0, 0, 0, 1, 0] })
  await expect(translator.translate(photo, { params: { none: 1 } })).rejects.toThrow()
  expect(dump.calls.get(2)).toMatchObject({ outcome: 'failed' })

  const failing = { ...memoryDump(), write: () => Promise.reject(new Error('disk full')) }
  const other = await loadFake({}, { backend: fakeBackend(echo), dump: failing })
  expect(bytes((await other.translate(photo)).image)).toEqual(bytes(photo))
  expect(other.decisions.filter(({ reason }) => reason.includes('disk full'))).not.toEqual([])
})

it('reads an ImageData, bytes of another realm, and refuses by name what Node has not', async () => {
  const translator = await loadFake({}, { backend: fakeBackend(echo) })
  const data = new Uint8ClampedArray(4 * 4 * 4).map((_, i) => i)
  const { image } = await translator.translate({ width: 4, height: 4, data } as never)
  expect(image.format).toBe('RGBA')
  expect(bytes(image)).toEqual(Array.from(data))
  const foreign = runInNewContext('({ format: "GRAY", width: 2, height: 1, data: Uint8Array.of(7, 9) })')
  expect(bytes((await translator.translate(foreign)).image)).toEqual([7, 9])
  await expect(translator.translate(new Blob(['x']) as never)).rejects.toThrow(/cannot decode.*readImage/)
  for (const as of ['ImageData', 'ImageBitmap', 'VideoFrame', 'none', 'PNG'] as const) {
    const refused = translator.translate(noise(4, 4), { as: as as 'none' })
    await expect(refused).rejects.toMatchObject({ code: 'OPTION_INVALID', message: expect.stringContaining(as) })
  }
})
