import { readFileSync } from 'node:fs'
import { expect, it } from 'vitest'
import { createImage, type I2iErrorCode, openColorEngine, rawImage } from '../src/index.js'
import { kernelUrl, openWasm, wasmNames } from './support/wasm.js'

const code = (expected: I2iErrorCode) => expect.objectContaining({ code: expected })
const tensor = { width: 32, height: 32, layout: 'NCHW', dtype: 'float32', channels: 'RGB' } as const
const mebibyte = 2 ** 20

it('chooses the fastest engine that the host runs, and says why', async () => {
  const engine = await openColorEngine({ wasm: kernelUrl('wasm-relaxed') })
  expect(engine).toMatchObject({ name: 'wasm-relaxed', reason: 'this host runs relaxed SIMD' })
})

it('falls back to the reference, saying so, where its file is not there', async () => {
  // The sources do not lie beside the kernels.
  const engine = await openColorEngine()
  expect(engine.name).toBe('reference')
  expect(engine).toMatchObject({ reason: expect.stringContaining('could not be loaded') })
})

it('takes the kernels as bytes, and refuses bytes that are not they', async () => {
  const bytes = readFileSync(kernelUrl('wasm-simd'))
  for (const wasm of [bytes, new Uint8Array(bytes).buffer]) {
    const engine = await openColorEngine({ engine: 'wasm-simd', wasm })
    expect(engine.name).toBe('wasm-simd')
  }
  const empty = new Uint8Array([0, 97, 115, 109, 1, 0, 0, 0])
  await expect(openColorEngine({ engine: 'wasm-simd', wasm: empty })).rejects.toEqual(code('OPTION_INVALID'))
  await expect(openColorEngine({ engine: 'wasm-simd', wasm: new Uint8Array(3) })).rejects.toEqual(
    code('OPTION_INVALID'),
  )
  const nowhere = new URL('./nowhere.wasm', import.meta.url)
  await expect(openColorEngine({ wasm: nowhere })).rejects.toEqual(code('MODEL_UNAVAILABLE'))
})

it.each(wasmNames)('%s leaves no growth behind after 1,000 frames', async (name) => {
  const engine = await openWasm(name, { maximumBytes: 8 * mebibyte })
  const source = createImage('NV12', 96, 64)
  const target = createImage('RGBA', 32, 32)
  const frame = (): void => {
    const packed = engine.pack(source, tensor, { kernel: 'bilinear' })
    engine.unpack(packed.data, tensor, { format: 'RGBA' }, target)
    packed[Symbol.dispose]()
  }
  for (let i = 0; i < 3; i++) frame()
  const before = engine.memory
  for (let i = 0; i < 1000; i++) frame()
  expect(engine.memory).toEqual(before)
  expect(before.live).toBe(0)
})

it.each(wasmNames)('%s counts what is lent, and gives memory back in any order', async (name) => {
  const engine = await openWasm(name, { maximumBytes: 4 * mebibyte })
  const { used } = engine.memory
  const frames = [1, 2, 3, 4].map(() => engine.allocate('RGBA', 400, 400))
  expect(engine.memory.live).toBe(4)
  expect(() => engine.allocate('RGBA', 1000, 1000)).toThrow(code('OUT_OF_MEMORY'))
  for (const i of [2, 0, 3, 1]) frames[i]![Symbol.dispose]()
  expect(engine.memory).toMatchObject({ live: 0, used })
  frames[0]![Symbol.dispose]()
  expect(engine.memory.used).toBe(used)
  expect(engine.allocate('RGBA', 900, 1000).width).toBe(900)
})

it('gives up what it keeps for speed before it says that memory is out', async () => {
  const engine = await openWasm('wasm-simd', { maximumBytes: mebibyte })
  engine.pack(createImage('RGB', 200, 200), tensor)[Symbol.dispose]()
  expect(engine.memory.used).toBeGreaterThan(200_000)
  expect(engine.allocate('GRAY', 1000, 900).width).toBe(1000)
})

it('works through a 4K frame in a memory that does not hold it', async () => {
  const engine = await openWasm('wasm-simd', { maximumBytes: 4 * mebibyte })
  const rgba = createImage('RGBA', 3840, 2160)
  rgba.planes[0]!.data.fill(200)
  const i420 = engine.convert(rgba, { format: 'I420' })
  const back = engine.convert(i420, { format: 'RGBA' })
  expect(back.planes[0]!.data.at(-2)).toBe(200)
  expect(engine.pack(rgba, tensor).data[0]).toBeCloseTo(200 / 255, 5)
})

it('refuses a tensor that was disposed, as source and as target', async () => {
  const engine = await openWasm('wasm-simd')
  const packed = engine.pack(createImage('RGB', 8, 8), tensor)
  packed[Symbol.dispose]()
  expect(() => engine.unpack(packed.data, tensor, { format: 'RGB' })).toThrow(code('DISPOSED'))
  expect(() => engine.pack(createImage('RGB', 8, 8), tensor, {}, packed.data)).toThrow(code('DISPOSED'))
})

it('reads pixels that lie in shared memory', async () => {
  const engine = await openWasm('wasm-simd')
  const shared = new Uint8Array(new SharedArrayBuffer(40 * 30 * 4)).fill(77)
  const image = rawImage({ format: 'RGBA', width: 40, height: 30, data: shared })
  expect(engine.convert(image, { format: 'RGB' }).planes[0]!.data).toEqual(new Uint8Array(40 * 30 * 3).fill(77))
})

it.each(wasmNames)('%s makes of a picture beyond 4 million pixels what it makes of its parts', async (name) => {
  const engine = await openWasm(name)
  const [width, height] = [2064, 2049]
  for (const [format, onto] of [
    ['I420', 'RGBA'],
    ['NV21', 'BGR'],
  ] as const) {
    // In engine memory it is one call of the kernel, outside it goes in strips.
    const whole = engine.allocate(format, width, height)
    for (const { data } of whole.planes) for (let i = 0; i < data.length; i++) data[i] = (i * 2654435761) >>> 13
    const data = whole.planes.map((plane) => Buffer.from(plane.data))
    const parts = rawImage({ ...whole, planes: whole.planes.map(({ stride }, p) => ({ data: data[p]!, stride })) })
    const target = engine.allocate(onto, width, height)
    const found = engine.convert(whole, { format: onto }, target).planes[0]!.data
    const truth = engine.convert(parts, { format: onto }).planes[0]!.data
    expect(Buffer.from(found).equals(Buffer.from(truth))).toBe(true)
    for (const image of [whole, target]) image[Symbol.dispose]()
  }
})
