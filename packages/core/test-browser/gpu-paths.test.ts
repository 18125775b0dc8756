import { ort } from '@i2i/backend-ort'
import { tfjs } from '@i2i/backend-tfjs'
import type { RawImage } from '@i2i/color'
import { GraphBuilder, writeModel } from '@i2i/onnx'
import { afterAll, beforeAll, describe, expect, onTestFinished, test, vi } from 'vitest'
import { memoryDump } from '../src/dump.js'
import { load } from '../src/load.js'
import type { ModelManifest } from '../src/manifest.js'
import type { Backend, Tensor } from '../src/ports.js'
import type { ImageSource, TranslateOptions, Translator } from '../src/types.js'
import {
  bytesOf,
  canvasBytes,
  countReads,
  farthest,
  frameBytes,
  imageDataOf,
  manifest,
  open,
  picture,
  rgb,
} from './gpu.js'
import { centres, corners, countFrames, playing, quartersCanvas, taintedCanvas } from './pictures.js'

const backends: Record<string, () => Backend> = { 'ONNX Runtime': () => ort(), 'TensorFlow.js': () => tfjs() }

/** Why calls went through memory, as far as decisions tell. */
function reasons({ decisions }: Translator): string[] {
  return decisions.filter(({ choice }) => choice === 'pixels in memory').map(({ reason }) => reason)
}

/** The same call on the GPU and through memory: what a canvas shows of each. */
async function bothWays(translator: Translator, source: ImageSource, options: TranslateOptions = {}) {
  const [into, reference] = [new OffscreenCanvas(1, 1), new OffscreenCanvas(1, 1)]
  const result = await translator.translate(source, { ...options, as: 'none', into })
  const inMemory = await translator.translate(source, { ...options, as: 'RawImage', format: 'RGBA', into: reference })
  expect([into.width, into.height]).toEqual([reference.width, reference.height])
  expect(result.transform).toEqual(inMemory.transform)
  expect(result.timings.readBacks).toBe(0)
  expect(inMemory.timings.readBacks).toBeGreaterThan(0)
  return { gpu: canvasBytes(into), memory: canvasBytes(reference), result, inMemory }
}

const size = { width: 24, height: 16 }
const input = { ...rgb, tensor: 'x' }
const image = { role: 'image', ...rgb, tensor: 'y', name: 'image' } as const
const cases: Record<string, Partial<ModelManifest>> = {
  'fixed size, stretched': { input: { ...input, size } },
  'fixed size, area': { input: { ...input, size }, resize: { kernel: 'area' } },
  'fixed size, bicubic with antialias': { input: { ...input, size }, resize: { kernel: 'bicubic', antialias: true } },
  'fixed size, contain': { input: { ...input, size }, resize: { fit: 'contain', pad: [10, 20, 30] } },
  'fixed size, cover': { input: { ...input, size }, resize: { fit: 'cover' } },
  'multiple of 16': { input: { ...input, size: { multipleOf: 16 } } },
  'shrunk to maxPixels': { input: { ...input, size: { multipleOf: 4, maxPixels: 500 } } },
  'twice the size': { input: { ...input, size: { multipleOf: 4 } }, outputs: [{ ...image, scale: 2 }] },
  'NHWC, BGR': {
    input: { ...input, layout: 'NHWC', channels: 'BGR', size: { multipleOf: 4 } },
    outputs: [{ ...image, layout: 'NHWC', channels: 'BGR' }],
  },
}

describe('the GPU gives what memory gives', () => {
  for (const [name, make] of Object.entries(backends)) {
    for (const [geometry, change] of Object.entries(cases)) {
      test(`${name}: ${geometry}`, async () => {
        await using translator = await open(make(), change)
        const { gpu, memory } = await bothWays(translator, picture(61, 43))
        expect(farthest(gpu, memory)).toBeLessThanOrEqual(1)
        const crop = { x: 7, y: 2, width: 40, height: 31 }
        const part = await bothWays(translator, picture(61, 43), { crop })
        expect(farthest(part.gpu, part.memory)).toBeLessThanOrEqual(1)
        expect(reasons(translator)).toEqual([])
      })
    }
  }

  test('alpha is carried', async () => {
    await using translator = await open(ort())
    const bitmap = await createImageBitmap(imageDataOf(picture(20, 12, 128)), { premultiplyAlpha: 'none' })
    const { gpu, memory } = await bothWays(translator, bitmap)
    expect(gpu[3]).toBe(128)
    // Both canvases hold colour times alpha in 8 bits, and give it back divided by it.
    expect(farthest(gpu, memory)).toBeLessThanOrEqual(3)
  })

  for (const [name, make] of Object.entries(backends)) {
    test(`${name}: the toon model, its mask beside the picture`, async () => {
      const baseUrl = new URL('../../../models/toon/toon.i2i.json', import.meta.url)
      const toon: ModelManifest = await (await fetch(baseUrl)).json()
      // Its canary takes SwiftShader half a minute, and has tests of its own.
      const variants = toon.variants.map(({ canary: _, ...variant }) => variant)
      await using translator = await load({ ...toon, variants }, { backend: make(), device: 'webgpu', baseUrl })
      const reads = countReads()
      const before = reads.count
      const { gpu, memory, result, inMemory } = await bothWays(translator, picture(37, 22))
      // Only the reference was read back: picture and mask.
      expect(reads.count - before).toBe(inMemory.timings.readBacks)
      expect(inMemory.timings.readBacks).toBe(2)
      expect(farthest(gpu, memory)).toBeLessThanOrEqual(1)
      expect(new Set(gpu).size).toBeGreaterThan(20)
      // The mask's tensor is still on the GPU, and the next call's when that is over.
      const mask = result.outputs['mask'] as Extract<Tensor, { location: 'gpu' }>
      expect(mask).toMatchObject({ location: 'gpu', dims: [1, 1, 32, 48] })
      const ink = (await mask.read()) as Float32Array
      const drawn = bytesOf(inMemory.outputs['mask'] as RawImage)
      const expected = drawn.map((_, i) => 255 * Math.min(1, Math.max(0, ink[Math.floor(i / 37) * 48 + (i % 37)] ?? 0)))
      expect(farthest(drawn, expected)).toBeLessThanOrEqual(1)
      using next = await translator.translate(picture(16, 16), { as: 'VideoFrame' })
      await expect(mask.read()).rejects.toMatchObject({ code: 'DISPOSED' })
      next[Symbol.dispose]()
      const gone = next.outputs['mask'] as Extract<Tensor, { location: 'gpu' }>
      await expect(gone.read()).rejects.toMatchObject({ code: 'DISPOSED' })
    })
  }
})

/** Six channels, of which a picture may take the last three. */
function doubled(): Backend {
  const graph = new GraphBuilder()
  const x = graph.input('x', 'float32', [1, 3, 'height', 'width'])
  graph.node('Concat', [graph.node('Relu', [graph.node('Sub', [x, x])]), x], { axis: 1 }, { as: 'y' })
  graph.output('y', 'float32', [1, 6, 'height', 'width'])
  const files = new Map([['model.onnx', writeModel(graph.build())]])
  const backend = ort()
  const openIdentity: Backend['openIdentity'] = (_, options) =>
    backend.openSession({ format: 'onnx', entry: 'model.onnx', files }, options)
  return { ...backend, openIdentity }
}

test('a slice is taken where it lies, and through memory where no binding can begin', async () => {
  const sliced = { input: { ...input, size: { multipleOf: 4 } }, outputs: [{ ...image, slice: [3, 6] as const }] }
  const backend = doubled()
  // An identity has a tensor for each output; this one is opened as the model itself.
  const files = { read: async () => new Uint8Array(1) }
  const sha256 = '6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d'
  const [variant] = manifest().variants
  const variants = [{ ...variant!, files: [{ path: 'a', sha256, bytes: 1 }] }]
  const asModel: Backend = {
    ...backend,
    openSession: (_, options) => backend.openIdentity({ inputs: [], outputs: [] }, options),
  }
  await using translator = await load(manifest({ ...sliced, variants }), { backend: asModel, device: 'webgpu', files })
  const { gpu, memory } = await bothWays(translator, picture(8, 8))
  expect(farthest(gpu, bytesOf(picture(8, 8)))).toBe(0)
  expect(farthest(memory, gpu)).toBe(0)
  expect(reasons(translator)).toEqual([])
  const into = new OffscreenCanvas(1, 1)
  const odd = await translator.translate(picture(4, 4), { as: 'none', into })
  expect(odd.timings.readBacks).toBe(1)
  expect(farthest(canvasBytes(into), bytesOf(picture(4, 4)))).toBe(0)
  expect(reasons(translator)).toEqual([expect.stringMatching(/slice/)])
})

describe('what cannot stay on the GPU goes through memory, and decisions say why:', () => {
  const two = { ...image, tensor: 'z', name: 'second' }
  const luma = { ...input, channels: 'Y', size: { multipleOf: 4 } } as const
  // lib.dom has no rotation yet.
  const turnedInit = { format: 'RGBA', codedWidth: 8, codedHeight: 4, timestamp: 0, rotation: 180 } as const
  const turned = (): VideoFrame => new VideoFrame(bytesOf(picture(8, 4)), turnedInit)
  const refused: [
    name: string,
    change: Partial<ModelManifest>,
    options: object,
    source: () => ImageSource,
    says: RegExp,
  ][] = [
    ['another format', {}, { as: 'VideoFrame', format: 'I420' }, () => picture(8, 4), /I420/],
    ['a colour space', {}, { as: 'VideoFrame', colorSpace: { primaries: 'bt709' } }, () => picture(8, 4), /colorSpace/],
    ['two pictures', { outputs: [image, two] }, {}, () => picture(8, 4), /more than one picture/],
    ['no picture', { outputs: [{ role: 'mask', tensor: 'm' }] }, {}, () => picture(8, 4), /no picture/],
    ['a turned frame', {}, {}, turned, /turned/],
    ['display-p3', {}, {}, () => new ImageData(8, 4, { colorSpace: 'display-p3' }), /sRGB/],
    ['luma', { input: luma, outputs: [{ ...image, channels: 'Y' as const }] }, {}, () => picture(8, 4), /luma/],
  ]
  for (const [name, change, options, source, says] of refused) {
    test(name, async () => {
      using frames = countFrames()
      await using translator = await open(ort(), change)
      const given = source()
      const into = new OffscreenCanvas(1, 1)
      const result = await translator.translate(given, { as: 'none', into, ...options })
      expect(reasons(translator)).toEqual([expect.stringMatching(says)])
      expect([into.width, into.height]).toEqual([8, 4])
      result[Symbol.dispose]()
      if (given instanceof VideoFrame) given.close()
      expect(frames.open).toBe(0)
    })
  }

  test('a session that takes no such GPU tensors, asked once', async () => {
    const bytes = { layout: 'NCHW', dtype: 'uint8', channels: 'RGB' } as const
    const asked: (string | undefined)[] = []
    const backend = tfjs()
    const watched: Backend = {
      ...backend,
      openIdentity: async (io, options) => {
        const session = await backend.openIdentity(io, options)
        const run = session.run.bind(session)
        session.run = (feeds, told) => {
          asked.push(told?.location)
          return run(feeds, told)
        }
        return session
      },
    }
    await using translator = await open(watched, {
      input: { ...bytes, tensor: 'x', size: { multipleOf: 4 } },
      outputs: [{ role: 'image', ...bytes, tensor: 'y' }],
    })
    for (let i = 0; i < 3; i++) {
      using result = await translator.translate(picture(8, 4), { as: 'VideoFrame' })
      expect(farthest(await frameBytes(result.image), bytesOf(picture(8, 4)))).toBe(0)
      expect(result.timings.readBacks).toBe(1)
    }
    expect(asked).toEqual(['gpu', undefined, undefined, undefined])
    expect(reasons(translator)).toEqual([expect.stringMatching(/uint8, which TensorFlow.js has no buffers of/)])
  })
})

describe('canvases', () => {
  let link: Translator
  beforeAll(async () => {
    link = await open(ort())
  })
  afterAll(() => link.dispose())

  test('one with a WebGPU context is drawn on straight, from the GPU and from memory', async () => {
    const canvas = document.createElement('canvas')
    canvas.getContext('webgpu')
    const draw = vi.spyOn(CanvasRenderingContext2D.prototype, 'drawImage')
    onTestFinished(() => draw.mockRestore())
    using both = await link.translate(picture(12, 8), { as: 'VideoFrame', into: canvas })
    expect(farthest(canvasBytes(canvas), bytesOf(picture(12, 8)))).toBe(0)
    expect(farthest(await frameBytes(both.image), bytesOf(picture(12, 8)))).toBe(0)
    await link.translate(picture(20, 4), { into: canvas })
    expect(farthest(canvasBytes(canvas), bytesOf(picture(20, 4)))).toBe(0)
    expect(draw).not.toHaveBeenCalled()
    // Another translator has another device; a canvas goes along.
    await using other = await open(ort({ gpuDevice: await newDevice() } as object))
    await other.translate(picture(6, 6), { as: 'none', into: canvas })
    expect(farthest(canvasBytes(canvas), bytesOf(picture(6, 6)))).toBe(0)
    await link.translate(picture(12, 8), { as: 'none', into: canvas })
    expect(farthest(canvasBytes(canvas), bytesOf(picture(12, 8)))).toBe(0)
  })

  test('one of the 2d kind serves the GPU and memory in turn', async () => {
    const canvas = document.createElement('canvas')
    await using wasm = await open(ort(), {}, { device: 'wasm' })
    for (const translator of [link, wasm, link]) {
      await translator.translate(picture(9, 7), { as: 'none', into: canvas })
      expect(farthest(canvasBytes(canvas), bytesOf(picture(9, 7)))).toBe(0)
      canvas.getContext('2d')?.clearRect(0, 0, 9, 7)
    }
  })

  test('and sources that cannot be read are refused, the next call works', async () => {
    const closed = new VideoFrame(bytesOf(picture(4, 4)), {
      format: 'RGBA',
      codedWidth: 4,
      codedHeight: 4,
      timestamp: 0,
    })
    closed.close()
    const lost = new OffscreenCanvas(4, 4)
    lost.getContext('webgl2')?.getExtension('WEBGL_lose_context')?.loseContext()
    await new Promise((resolve) => setTimeout(resolve, 50))
    const sources: [ImageSource, RegExp][] = [
      [closed, /closed/],
      [new OffscreenCanvas(0, 4), /0x4/],
      [new Blob(['nothing']), /7 bytes/],
      [lost, /lost its context/],
      [document.createElement('video'), /loadeddata/],
      [await taintedCanvas(), /origin/],
    ]
    for (const [source, says] of sources) {
      const call = link.translate(source, { as: 'VideoFrame' })
      await expect(call).rejects.toMatchObject({ code: 'IMAGE_INVALID', message: expect.stringMatching(says) })
      using next = await link.translate(picture(8, 4), { as: 'VideoFrame' })
      expect(farthest(await frameBytes(next.image), bytesOf(picture(8, 4)))).toBe(0)
    }
    expect(link.gpuMemory?.lentBytes).toBe(0)
  })

  test('a video gives the frame it shows, and frames are closed', async () => {
    using frames = countFrames()
    await playing(quartersCanvas(64, 48), async (video) => {
      using result = await link.translate(video, { as: 'VideoFrame' })
      expect(result.timings.readBacks).toBe(0)
      expect(frames.open).toBe(1)
      const data = await frameBytes(result.image)
      const shown = { ...picture(64, 48), planes: [{ data, stride: 4 * 64 }] }
      expect(farthest(centres(shown).flat(), corners.flat())).toBeLessThanOrEqual(3)
    })
    expect(frames.open).toBe(0)
  })

  test('an abort in the middle frees what was made', async () => {
    using frames = countFrames()
    const controller = new AbortController()
    const call = link.translate(picture(64, 64), { as: 'VideoFrame', signal: controller.signal })
    setTimeout(() => controller.abort('enough'))
    const ended = await call.then(
      (result) => result[Symbol.dispose](),
      (reason: unknown) => reason,
    )
    expect([undefined, 'enough']).toContain(ended)
    expect(frames.open).toBe(0)
    expect(link.gpuMemory?.lentBytes).toBe(0)
  })
})

test('a dump reads back what it wants, and readBacks counts it', async () => {
  const reads = countReads()
  for (const [name, make] of Object.entries(backends)) {
    const dump = memoryDump()
    await using translator = await open(make(), {}, { dump })
    const before = reads.count
    const bitmap = await createImageBitmap(imageDataOf(picture(12, 8)))
    using result = await translator.translate(bitmap, { as: 'VideoFrame' })
    expect(result.timings.readBacks, name).toBe(4)
    expect(reads.count - before, name).toBe(4)
    expect(dump.entries.map(({ stage }) => stage)).toEqual(['sdkInput', 'modelInput', 'modelOutput', 'sdkOutput'])
    const [given, fed, gave, made] = dump.entries
    expect(farthest(given?.image?.planes[0]?.data ?? [], bytesOf(picture(12, 8)))).toBe(0)
    expect(farthest(made?.image?.planes[0]?.data ?? [], bytesOf(picture(12, 8)))).toBe(0)
    expect(fed?.tensor).toMatchObject({ dims: [1, 3, 8, 12], location: 'cpu' })
    expect(fed?.tensor?.location === 'cpu' && fed.tensor.data).toEqual(
      gave?.tensor?.location === 'cpu' && gave.tensor.data,
    )
    expect(farthest(await frameBytes(result.image), bytesOf(picture(12, 8)))).toBe(0)
  }
})

test('gpuTimings are of the work itself, at the price of one read-back where there are timestamp queries', async () => {
  const reads = countReads()
  // ONNX Runtime's device is made with the feature, TensorFlow.js' without.
  for (const [backend, expected] of [
    [ort(), 1],
    [tfjs(), 0],
  ] as const) {
    await using translator = await open(backend)
    const before = reads.count
    using result = await translator.translate(picture(64, 64), { as: 'VideoFrame', gpuTimings: true })
    const { pack, run, unpack, total, readBacks } = result.timings
    expect(readBacks).toBe(expected)
    expect(reads.count - before).toBe(expected)
    for (const time of [pack, run, unpack]) expect(time).toBeGreaterThan(0)
    expect(total).toBeGreaterThanOrEqual(run)
    expect(farthest(await frameBytes(result.image), bytesOf(picture(64, 64)))).toBe(0)
  }
})

interface Device {
  destroy(): void
}

async function newDevice(): Promise<Device> {
  interface Gpu {
    requestAdapter(): Promise<{ requestDevice(): Promise<Device> }>
  }
  return await (await (navigator as unknown as { gpu: Gpu }).gpu.requestAdapter()).requestDevice()
}

/** The devices that backends make from now on. */
function devices(): Device[] {
  const made: Device[] = []
  const { GPUAdapter } = globalThis as unknown as {
    GPUAdapter: { prototype: { requestDevice(d?: object): Promise<Device> } }
  }
  const original = GPUAdapter.prototype.requestDevice
  const spy = vi.spyOn(GPUAdapter.prototype, 'requestDevice').mockImplementation(async function (
    this: object,
    descriptor,
  ) {
    const device = await original.call(this, descriptor)
    made.push(device)
    return device
  })
  onTestFinished(() => spy.mockRestore())
  return made
}

describe('a device that is lost', () => {
  for (const [name, make] of Object.entries(backends)) {
    test(`${name}: is replaced once, before a call and under one`, async () => {
      const made = devices()
      using frames = countFrames()
      await using translator = await open(make())
      const into = document.createElement('canvas')
      const check = async (): Promise<void> => {
        using result = await translator.translate(picture(12, 8), { as: 'VideoFrame', into })
        expect(result.timings.readBacks).toBe(0)
        expect(farthest(await frameBytes(result.image), bytesOf(picture(12, 8)))).toBe(0)
        expect(farthest(canvasBytes(into), bytesOf(picture(12, 8)))).toBe(0)
      }
      await check()
      made.at(-1)?.destroy()
      await check()
      expect(translator.decisions).toContainEqual(expect.objectContaining({ choice: 'opened again' }))
      const under = check()
      made.at(-1)?.destroy()
      await under
      await check()
      expect(frames.open).toBe(0)
    })
  }

  test("and is the caller's is DEVICE_LOST", async () => {
    const gpuDevice = await newDevice()
    await using translator = await open(ort({ gpuDevice } as object))
    ;(await translator.translate(picture(8, 8), { as: 'VideoFrame' }))[Symbol.dispose]()
    gpuDevice.destroy()
    for (let i = 0; i < 2; i++) {
      await expect(translator.translate(picture(8, 8), { as: 'VideoFrame' })).rejects.toMatchObject({
        code: 'DEVICE_LOST',
      })
    }
  })
})
