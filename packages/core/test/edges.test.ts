import { fileURLToPath } from 'node:url'
import { rawImage } from '@i2i/color'
import { expect, it } from 'vitest'
import { memoryDump } from '../src/dump.js'
import { readPath } from '../src/model-files/file-system.js'
import { CallbackError, guarded } from '../src/options.js'
import { echo, fakeBackend, loadFake, noise, rgb, variant } from './fake-backend.js'

const y = { tensor: 'x', layout: 'NCHW', dtype: 'float32', channels: 'Y' } as const
const lumaInputs = [{ name: 'x', dtype: 'float32', dims: [1, 1, 'h', 'w'] }]

it('a luma model keeps alpha', async () => {
  const change = { input: { ...y, size: { multipleOf: 1 } }, outputs: [{ role: 'image', ...y, tensor: 'y' }] } as const
  const translator = await loadFake(change, { backend: fakeBackend(echo, { inputs: lumaInputs }) })
  const data = new Uint8Array(5 * 3 * 4).map((_, i) => i * 3)
  const { image } = await translator.translate(rawImage({ format: 'RGBA', width: 5, height: 3, data }))
  const alpha = (bytes: ArrayLike<number> = []): number[] => Array.from(bytes).filter((_, i) => i % 4 === 3)
  expect(alpha(image.planes[0]?.data)).toEqual(alpha(data))
})

it('an untouched part of a 4:2:0 picture is the part itself, byte for byte', async () => {
  for (const format of ['I420', 'NV12'] as const) {
    const data = Uint8Array.from(noise(18, 16).planes[0]?.data.subarray(0, (18 * 16 * 3) / 2) ?? [])
    const frame = rawImage({ format, width: 18, height: 16, data, colorSpace: { matrix: 'bt709', fullRange: false } })
    const model = () => ({ y: { dtype: 'float32', dims: [1], location: 'cpu', data: Float32Array.of(1) } }) as const
    const translator = await loadFake({ outputs: [{ role: 'data', tensor: 'y' }] }, { backend: fakeBackend(model) })
    const { image } = await translator.translate(frame, { crop: { x: 4, y: 2, width: 9, height: 7 } })
    const luma = Array.from({ length: 63 }, (_, i) => data[(2 + Math.floor(i / 9)) * 18 + 4 + (i % 9)])
    expect(Array.from(image.planes[0]?.data ?? [])).toEqual(luma)
    const [plane, step] = format === 'I420' ? [frame.planes[1], 1] : [frame.planes[1], 2]
    const row = Array.from(plane?.data.subarray((plane?.stride ?? 0) + 2 * step, (plane?.stride ?? 0) + 7 * step) ?? [])
    expect(Array.from(image.planes[1]?.data.subarray(0, 5 * step) ?? [])).toEqual(row)
  }
})

it('a dump holds the bytes of the variant that ran', async () => {
  const backend = fakeBackend(echo, {
    devices: [
      { device: 'webgpu', available: true },
      { device: 'cpu', available: true },
    ],
  })
  const open = backend.openSession
  const picky = {
    ...backend,
    openSession: async (...[model, options]: Parameters<typeof open>) => {
      if (options?.device === 'webgpu') throw new Error('no')
      return await open(model, options)
    },
  }
  const dump = memoryDump()
  const translator = await loadFake({ variants: [variant('a'), variant('b')] }, { backend: picky, dump })
  await translator.translate(noise(4, 4))
  expect(translator.variant).toBe('a')
  expect(dump.run['modelBytes']).toMatchObject({ entry: 'a.onnx' })
})

it('reads what rawImage() would, whatever array holds it', async () => {
  const translator = await loadFake({}, { backend: fakeBackend(echo) })
  const data = new Uint8ClampedArray([200, 100, 50, 255])
  const { image } = await translator.translate({ format: 'BGRA', width: 1, height: 1, data } as never, {
    format: 'RGB',
  })
  expect(Array.from(image.planes[0]?.data ?? [])).toEqual([50, 100, 200])
})

it('refuses parameters that would wrap or overflow', async () => {
  for (const [dtype, value] of [
    ['uint8', 300],
    ['int32', 1.5],
    ['int64', 2 ** 60],
    ['float16', 1e9],
    ['float32', '5'],
  ] as const) {
    const inputs = [
      { name: 'x', dtype: 'float32', dims: [1, 3, 'h', 'w'] },
      { name: 'p', dtype, dims: [1] },
    ]
    const params = { p: { tensor: 'p', dtype, dims: [1], default: 1 } }
    const translator = await loadFake({ params }, { backend: fakeBackend(echo, { inputs }) })
    await expect(translator.translate(noise(4, 4), { params: { p: value as number } })).rejects.toMatchObject({
      code: 'OPTION_INVALID',
      message: expect.stringContaining(dtype),
    })
  }
})

it('a backend that cannot say what it has is passed over', async () => {
  const broken = { ...fakeBackend(echo, { name: 'broken' }), devices: () => Promise.reject(new Error('boom')) }
  const translator = await loadFake({}, { backend: [broken, fakeBackend(echo)] })
  expect(translator.backend).toBe('fake')
  expect(translator.decisions).toContainEqual(expect.objectContaining({ choice: 'broken', reason: 'boom' }))
  await expect(loadFake({}, { backend: broken })).rejects.toMatchObject({ code: 'BACKEND_UNAVAILABLE' })
})

it('an identity tells an output from the input whose tensor has its name', async () => {
  const backend = fakeBackend(echo)
  await loadFake({ outputs: [{ role: 'image', ...rgb, name: 'x' }] }, { backend, identity: true })
  expect(backend.identities[0]?.outputs.map(({ name }) => name)).toEqual(['x:out'])
})

it('an abort while a backend opens is heeded, and what it opened is given back', async () => {
  const controller = new AbortController()
  const backend = fakeBackend(echo, { open: () => controller.abort('enough') })
  await expect(loadFake({}, { backend, signal: controller.signal })).rejects.toBe('enough')
  expect(backend.disposed).toBe(1)
})

it("what the app's own onProgress throws is not taken for a file that cannot be read", async () => {
  const mine = new Error('mine')
  const onProgress = guarded(() => {
    throw mine
  })
  const reading = readPath(fileURLToPath(import.meta.url), 'model file', { onProgress })
  await expect(reading).rejects.toMatchObject({ cause: mine })
  await expect(reading).rejects.toBeInstanceOf(CallbackError)
})

it('tells only so much news of a kind', async () => {
  const input = { ...rgb, tensor: 'x', size: { multipleOf: 4, maxPixels: 64 } }
  const translator = await loadFake({ input }, { backend: fakeBackend(echo) })
  for (let width = 9; width < 80; width++) await translator.translate(noise(width, 9))
  expect(translator.decisions.filter(({ what }) => what === 'resize')).toHaveLength(32)
})

it.each([
  [{ identity: 'yes' }, 'identity is yes; give a boolean'],
  [{ signal: {} }, 'signal is [object Object]; give one with throwIfAborted()'],
  [{ signal: null }, 'signal is null; give one with throwIfAborted()'],
  [{ onProgress: 5 }, 'onProgress is 5; give a function'],
  [{ color: {} }, 'give one with pack()'],
  [{ files: {} }, 'give one with read()'],
])('refuses to load with %j', async (wrong, says) => {
  const loading = loadFake({}, { backend: fakeBackend(echo), ...wrong } as never)
  await expect(loading).rejects.toMatchObject({ code: 'OPTION_INVALID', message: expect.stringContaining(says) })
})

it.each([
  [{ signal: {} }, 'give one with throwIfAborted()'],
  [{ onProgress: 'done' }, 'onProgress is done; give a function'],
])('refuses to translate with %j', async (wrong, says) => {
  const translator = await loadFake({}, { backend: fakeBackend(echo) })
  const translating = translator.translate(noise(4, 4), wrong as never)
  await expect(translating).rejects.toMatchObject({ code: 'OPTION_INVALID', message: expect.stringContaining(says) })
})

it('a dump says of the pictures that a model gives how they lie, and not of data', async () => {
  const dump = memoryDump()
  const outputs = [
    { role: 'image', ...rgb, tensor: 'y' },
    { role: 'data', tensor: 'y', name: 'raw' },
  ] as const
  await (await loadFake({ outputs }, { backend: fakeBackend(echo), dump })).translate(noise(4, 4))
  const given = dump.entries.filter(({ stage }) => stage === 'modelOutput')
  expect(given.map(({ name, meta }) => [name, meta])).toEqual([['y', { layout: rgb.layout }]])
})

it('refuses options that nobody reads, with the one that was meant', async () => {
  const backend = fakeBackend(echo)
  await expect(loadFake({}, { backend, identiy: true } as never)).rejects.toThrow(/identiy.*did you mean "identity"/)
  await expect(loadFake({}, { backend, dump: 'a-folder' } as never)).rejects.toThrow(
    /dump is a-folder; give one with write\(\)/,
  )
  const translator = await loadFake({}, { backend })
  const crop = { x: 0, y: 0, width: 2, height: 2 }
  await expect(translator.translate(noise(4, 4), { corp: crop } as never)).rejects.toThrow(/corp.*crop/)
})
