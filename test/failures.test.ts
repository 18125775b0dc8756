import { createHash } from 'node:crypto'
import { copyFile, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { ort } from '@i2i/backend-ort'
import { type I2iErrorCode, isI2iError, load, type ModelManifest, memoryDump, openManifest, rawImage } from '@i2i/core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { astronaut, maxDifference, part, root, toonManifest } from './support/pictures.js'

const { manifest: toon } = await openManifest(toonManifest)
const weights = fileURLToPath(new URL('models/toon/toon.onnx', root))
const photo = part(await astronaut(), 100, 0, 64, 48)

let folder: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'i2i-failures-'))
})
afterAll(async () => {
  await rm(folder, { recursive: true })
})

/** Writes a manifest, and the weights unless told otherwise, and returns the manifest's path. */
async function model(manifest: unknown, files: Record<string, Uint8Array> | undefined = undefined): Promise<string> {
  const path = join(folder, 'broken.i2i.json')
  await writeFile(path, JSON.stringify(manifest))
  await rm(join(folder, 'toon.onnx'), { force: true })
  if (!files) await copyFile(weights, join(folder, 'toon.onnx'))
  for (const [name, bytes] of Object.entries(files ?? {})) await writeFile(join(folder, name), bytes)
  return path
}

async function refusal(
  work: Promise<unknown>,
  code: I2iErrorCode,
  ...says: readonly (string | RegExp)[]
): Promise<void> {
  const error: unknown = await work.then(
    () => undefined,
    (reason: unknown) => reason,
  )
  if (!isI2iError(error)) throw new Error(`expected an I2iError, got ${String(error)}`)
  expect(error.code).toBe(code)
  for (const text of says) expect(error.message).toMatch(text)
}

function firstFile(change: Partial<ModelManifest['variants'][0]['files'][0]>): ModelManifest {
  const [variant] = toon.variants
  const [file] = variant?.files ?? []
  if (!variant || !file) throw new Error('the toon manifest has no variant')
  return { ...toon, variants: [{ ...variant, files: [{ ...file, ...change }] }] }
}

describe('load() refuses', () => {
  it('an unknown field, by name and with the one that was meant', async () => {
    const path = await model({ ...toon, input: { ...toon.input, lyaout: 'NCHW' } })
    await refusal(load(path, { backend: ort() }), 'MANIFEST_INVALID', /input/, /lyaout/, /layout/)
  })

  it('a missing model file, naming it', async () => {
    await refusal(load(await model(toon, {}), { backend: ort() }), 'MODEL_UNAVAILABLE', /toon\.onnx/)
  })

  it('a missing manifest, naming it', async () => {
    await refusal(load(join(folder, 'nowhere.i2i.json'), { backend: ort() }), 'MODEL_UNAVAILABLE', /nowhere/)
  })

  it('weights of another hash', async () => {
    const bytes = await readFile(weights)
    bytes[bytes.length - 5] = (bytes.at(-5) ?? 0) ^ 1
    await refusal(load(await model(toon, { 'toon.onnx': bytes }), { backend: ort() }), 'MODEL_INTEGRITY', /sha256/)
  })

  it('a truncated ONNX file, by its size, and by its content when the manifest agrees with it', async () => {
    const bytes = (await readFile(weights)).subarray(0, 200_000)
    await refusal(load(await model(toon, { 'toon.onnx': bytes }), { backend: ort() }), 'MODEL_INTEGRITY', /200000/)
    const sha256 = createHash('sha256').update(bytes).digest('hex')
    const agreeing = firstFile({ sha256, bytes: bytes.length })
    await refusal(load(await model(agreeing, { 'toon.onnx': bytes }), { backend: ort() }), 'MODEL_UNSUPPORTED', /toon/)
  })

  it('tensors that the model does not have, naming those it has', async () => {
    const input = { ...toon.input, tensor: 'pixels' }
    await refusal(load(await model({ ...toon, input }), { backend: ort() }), 'SHAPE_MISMATCH', /pixels/, /input/)
    const nhwc = { ...toon.input, layout: 'NHWC' }
    await refusal(load(await model({ ...toon, input: nhwc }), { backend: ort() }), 'SHAPE_MISMATCH', /layout/)
  })

  it('a strategy, a device and a variant that are not there', async () => {
    const tiled = { ...toon, strategy: { kind: 'tile' } }
    await refusal(load(await model(tiled), { backend: ort() }), 'MODEL_UNSUPPORTED', /tile/)
    await refusal(load(toonManifest, { backend: ort(), device: 'webnn' }), 'BACKEND_UNAVAILABLE', /webnn/)
    await refusal(load(toonManifest, { backend: ort(), variant: 'int8' }), 'OPTION_INVALID', /int8/, /fp32/)
    await refusal(load(toonManifest, { backend: [] }), 'OPTION_INVALID', /backend/)
  })

  it('nothing after an abort: the reason itself comes back', async () => {
    const reason = new Error('changed my mind')
    await expect(load(toonManifest, { backend: ort(), signal: AbortSignal.abort(reason) })).rejects.toBe(reason)
    const controller = new AbortController()
    const loading = load(toonManifest, {
      backend: ort(),
      signal: controller.signal,
      onProgress: () => controller.abort(reason),
    })
    await expect(loading).rejects.toBe(reason)
  })
})

describe('translate() refuses, and the next call is fine:', () => {
  const data = new Uint8Array(64 * 48 * 4)
  const bad: readonly [string, unknown, I2iErrorCode][] = [
    ['a 0x0 image', { format: 'RGBA', width: 0, height: 0, planes: [{ data, stride: 0 }] }, 'IMAGE_INVALID'],
    [
      'a plane shorter than its stride says',
      { format: 'RGBA', width: 64, height: 48, planes: [{ data, stride: 300 }] },
      'IMAGE_INVALID',
    ],
    [
      'a stride below the row',
      { format: 'RGBA', width: 64, height: 48, planes: [{ data, stride: 200 }] },
      'IMAGE_INVALID',
    ],
    [
      'a format of another world',
      { format: 'CMYK', width: 64, height: 48, planes: [{ data, stride: 256 }] },
      'IMAGE_INVALID',
    ],
    ['a path', 'photo.png', 'IMAGE_INVALID'],
    ['null', null, 'IMAGE_INVALID'],
  ]

  it.each(bad)('%s', async (_, source, code) => {
    await using link = await load(toonManifest, { backend: ort(), identity: true })
    const before = link.translate(photo)
    const failing = link.translate(source as typeof photo)
    const after = link.translate(photo)
    await refusal(failing, code)
    expect(maxDifference((await before).image, photo)).toBe(0)
    expect(maxDifference((await after).image, photo)).toBe(0)
  })

  it.each([
    ['a crop outside', { crop: { x: 60, y: 0, width: 8, height: 8 } }],
    ['a parameter that the model lacks', { params: { strength: 1 } }],
    ['an output format that is none', { format: 'YUY2' as 'RGBA' }],
    ['a form that is not built', { as: 'VideoFrame' as const }],
    ['an into of another size', { into: part(photo, 0, 0, 8, 8) }],
  ])('%s', async (_, options) => {
    await using link = await load(toonManifest, { backend: ort(), identity: true })
    const error: unknown = await link.translate(photo, options).catch((reason: unknown) => reason)
    expect(isI2iError(error)).toBe(true)
    expect(maxDifference((await link.translate(photo)).image, photo)).toBe(0)
  })

  it('a call aborted before, and one while it waits', async () => {
    await using link = await load(toonManifest, { backend: ort(), identity: true })
    const reason = { because: 'of a test' }
    await expect(link.translate(photo, { signal: AbortSignal.abort(reason) })).rejects.toBe(reason)
    const controller = new AbortController()
    const first = link.translate(photo)
    const waiting = link.translate(photo, { signal: controller.signal })
    controller.abort(reason)
    await expect(waiting).rejects.toBe(reason)
    expect(maxDifference((await first).image, photo)).toBe(0)
    expect(maxDifference((await link.translate(photo)).image, photo)).toBe(0)
  })
})

it('dispose() twice is harmless; waiting calls and calls after it are DISPOSED', async () => {
  const dump = memoryDump()
  let start = (): void => undefined
  const started = new Promise<void>((resolve) => {
    start = resolve
  })
  const sink = { ...dump, write: async () => start() }
  const link = await load(toonManifest, { backend: ort(), identity: true, dump: sink })
  const running = link.translate(photo)
  const waiting = link.translate(photo)
  await started
  const disposed = Promise.all([link.dispose(), link.dispose()])
  expect(maxDifference((await running).image, photo)).toBe(0)
  await refusal(waiting, 'DISPOSED')
  await disposed
  await link.dispose()
  await refusal(link.translate(photo), 'DISPOSED', /load/)
  await refusal(link.warmUp(), 'DISPOSED')
})

it('serves overlapping calls in order', async () => {
  await using link = await load(toonManifest, { backend: ort(), identity: true })
  const order: number[] = []
  const calls = [0, 1, 2, 3, 4].map(async (index) => {
    const source = rawImage({
      format: 'GRAY',
      width: 32,
      height: 16 + index,
      data: new Uint8Array(32 * 21).fill(index),
    })
    const { image } = await link.translate(source)
    order.push(index)
    expect([image.height, image.planes[0]?.data[0]]).toEqual([16 + index, index])
  })
  await Promise.all(calls)
  expect(order).toEqual([0, 1, 2, 3, 4])
})
