import { ort } from '@i2i/backend-ort'
import { tfjs } from '@i2i/backend-tfjs'
import type { RawImage } from '@i2i/color'
import { GraphBuilder, writeModel } from '@i2i/onnx'
import { describe, expect, test } from 'vitest'
import { memoryDump } from '../src/dump.js'
import { load } from '../src/load.js'
import type { ModelManifest } from '../src/manifest.js'
import type { Backend, Tensor } from '../src/ports.js'
import type { ImageSource, TranslateOptions, Translator } from '../src/types.js'
import { bytesOf, canvasBytes, countReads, farthest, frameBytes, imageDataOf, manifest, open, picture } from './gpu.js'
import { backends, image, input, reasons } from './gpu-links.js'

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
