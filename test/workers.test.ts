import { readFile } from 'node:fs/promises'
import { ort } from '@i2i/backend-ort'
import {
  createImage,
  type DumpEntry,
  isI2iError,
  load,
  memoryDump,
  openColorEngine,
  planeSizes,
  type RawImage,
  rawImage,
  type Translator,
} from '@i2i/core'
import { loadInWorker, type WorkerTranslator } from '@i2i/core/worker'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { astronaut, part, pixelsOf, toonManifest, withVariedAlpha } from './support/pictures.js'
import { anyRgb, toonWorker } from './support/workers.js'

let photo: RawImage
let small: RawImage
let here: Translator
let there: WorkerTranslator
beforeAll(async () => {
  photo = withVariedAlpha(await astronaut())
  small = part(photo, 200, 80, 48, 32)
  here = await load(toonManifest, { backend: ort({ threads: 1 }) })
  there = await loadInWorker(toonWorker, toonManifest)
})
afterAll(async () => {
  await here?.dispose()
  await there?.dispose()
})

async function failure(work: Promise<unknown>): Promise<unknown> {
  return await work.then(
    () => new Error('was accepted'),
    (error: unknown) => error,
  )
}

function same(a: RawImage, b: RawImage): void {
  expect({ ...a, planes: a.planes.length }).toEqual({ ...b, planes: b.planes.length })
  expect(Buffer.compare(pixelsOf(a), pixelsOf(b))).toBe(0)
}

describe('a translator in a worker', () => {
  it('says what it is as load() does', () => {
    expect(there.manifest).toEqual(here.manifest)
    expect([there.backend, there.device, there.variant]).toEqual([here.backend, here.device, here.variant])
    expect(there.decisions).toEqual(here.decisions)
  })

  it('gives the same pixels and outputs, bit by bit', async () => {
    using color = await openColorEngine()
    const i420 = color.convert(photo, { format: 'I420', colorSpace: { matrix: 'bt709', fullRange: false } })
    const wide = withPadding(small, 64)
    for (const source of [photo, i420, wide]) {
      for (const options of [{}, { crop: { x: 4, y: 8, width: 32, height: 20 }, format: 'NV12' as const }]) {
        const a = await here.translate(source, options)
        const b = await there.translate(source, options)
        same(a.image, b.image)
        expect(Object.keys(b.outputs)).toEqual(Object.keys(a.outputs))
        for (const [name, output] of Object.entries(a.outputs)) same(output as RawImage, b.outputs[name] as RawImage)
        expect(b.transform).toEqual(a.transform)
        expect(b.timings.run).toBeGreaterThan(0)
      }
    }
    expect(there.decisions).toEqual(here.decisions)
  })

  it('fills an image of the caller, whatever its strides', async () => {
    const { image } = await here.translate(small)
    const into = withPadding(createImage('RGBA', 48, 32), 16)
    const result = await there.translate(small, { into })
    expect(result.image).toBe(into)
    same(rawImage(into), image)
    const wrong = await failure(there.translate(small, { into: createImage('RGB', 48, 32) }))
    expect(wrong).toMatchObject({
      code: ((await failure(here.translate(small, { into: createImage('RGB', 48, 32) }))) as { code: string }).code,
    })
  })

  it('copies a source, and takes one that is handed over', async () => {
    const data = Uint8Array.from(pixelsOf(small))
    const source = rawImage({ format: 'RGBA', width: 48, height: 32, data })
    const first = await there.translate(source)
    expect(data).toEqual(pixelsOf(small))
    const second = await there.translate(source, { transfer: true })
    expect(data.byteLength).toBe(0)
    same(first.image, second.image)
  })

  it('serves calls in order and keeps failures apart', async () => {
    const done: string[] = []
    const note = (name: string) => (): void => void done.push(name)
    await Promise.all([
      there.translate(photo).then(note('first')),
      failure(there.translate(photo, { crop: { x: 0, y: 0, width: 9999, height: 1 } })).then(note('second')),
      there.translate(small).then(note('third')),
    ])
    expect(done).toEqual(['first', 'second', 'third'])
  })

  it('reports progress as load() and translate() do', async () => {
    const told: Record<string, unknown[]> = { here: [], there: [] }
    const options = { device: 'cpu', onProgress: () => undefined } as const
    await using local = await load(toonManifest, {
      ...options,
      backend: ort(),
      onProgress: (p) => told['here']?.push(p),
    })
    await using remote = await loadInWorker(toonWorker, toonManifest, {
      ...options,
      onProgress: (p) => told['there']?.push(p),
    })
    await local.translate(small, { onProgress: (...p) => told['here']?.push(p) })
    await remote.translate(small, { onProgress: (...p) => told['there']?.push(p) })
    expect(told['there']).toEqual(told['here'])
    expect(told['here']?.length).toBeGreaterThan(5)
  })

  it('hands what an onProgress throws to the caller', async () => {
    const mine = new Error('mine')
    const onProgress = (): never => {
      throw mine
    }
    expect(await failure(there.translate(small, { onProgress }))).toBe(mine)
    expect(await failure(loadInWorker(toonWorker, toonManifest, { onProgress }))).toBe(mine)
  })

  it('rejects an abort with the very reason, before, in and behind a call', async () => {
    const reason = { mine: true }
    expect(await failure(there.translate(small, { signal: AbortSignal.abort(reason) }))).toBe(reason)
    for (const before of [0, 2]) {
      const abort = new AbortController()
      const others = Array.from({ length: before }, () => there.translate(photo))
      const aborted = failure(there.translate(photo, { signal: abort.signal }))
      setTimeout(() => abort.abort(reason), 5)
      expect(await aborted).toBe(reason)
      await Promise.all(others)
    }
    for (const delay of [0, 40, 120]) {
      const signal = AbortSignal.timeout(delay)
      expect(await failure(loadInWorker(toonWorker, toonManifest, { signal }))).toBe(signal.reason)
    }
    same((await there.translate(small)).image, (await here.translate(small)).image)
  })

  it('finishes the call under way when it is disposed, and refuses those that wait', async () => {
    const worker = toonWorker()
    const own = await loadInWorker(worker, toonManifest)
    const ended = new Promise((resolve) => worker.on('exit', resolve))
    const [first, second] = [own.translate(photo), failure(own.translate(photo))]
    await own.dispose()
    same((await first).image, (await here.translate(photo)).image)
    expect(await second).toMatchObject({ code: 'DISPOSED' })
    expect(await failure(own.translate(small))).toMatchObject({ code: 'DISPOSED' })
    await own.dispose()
    await ended
  })

  it('gives back the errors of the worker with code, details, cause and stack', async () => {
    for (const [source, options] of [
      [small, { format: 'XYZ' as never }],
      [small, { crop: { x: 0, y: 0, width: 9999, height: 1 } }],
      [small, { nonsense: 1 } as object],
      [small, { params: { strength: 1 } }],
      [{} as never, {}],
    ] as const) {
      const [a, b] = [await failure(here.translate(source, options)), await failure(there.translate(source, options))]
      if (!isI2iError(a) || !isI2iError(b)) throw b
      expect([b.code, b.message, b.details]).toEqual([a.code, a.message, a.details])
    }
    const missing = {
      ...anyRgb,
      variants: [{ ...anyRgb.variants[0]!, files: [{ path: 'gone.onnx', sha256: '0'.repeat(64), bytes: 1 }] }],
    }
    const a = (await failure(load(missing, { backend: ort(), baseUrl: toonManifest }))) as Error
    const b = (await failure(loadInWorker(toonWorker, missing, { baseUrl: toonManifest }))) as Error
    expect(b).toMatchObject({
      code: 'MODEL_UNAVAILABLE',
      message: a.message,
      details: (a as { details?: object }).details,
    })
    expect((b.cause as Error).message).toBe((a.cause as Error).message)
    expect(b.stack).toMatch(/at /)
  })

  it('refuses what cannot cross', async () => {
    const params = { strength: (() => 1) as never }
    expect(await failure(there.translate(small, { params }))).toMatchObject({
      code: 'OPTION_INVALID',
      message: expect.stringMatching(/cannot be sent to a worker/),
    })
    expect(await failure(loadInWorker(toonWorker, toonManifest, { color: 1 } as object))).toMatchObject({
      code: 'OPTION_INVALID',
    })
    expect(await failure(loadInWorker(toonWorker, toonManifest, { backend: 'tfjs' }))).toMatchObject({
      code: 'OPTION_INVALID',
      message: expect.stringMatching(/no backend "tfjs".*ort/),
    })
    expect(await failure(loadInWorker(toonWorker, toonManifest, { backend: ort() as never }))).toMatchObject({
      code: 'OPTION_INVALID',
      message: expect.stringMatching(/loadInWorker\(\) takes their names/),
    })
  })

  it('reads the files that the page gives, and tells how far it is', async () => {
    const manifest = JSON.parse(await readFile(toonManifest, 'utf8'))
    const files = {
      read: async (path: string, options?: { onProgress?(loaded: number, total?: number): void }) => {
        const bytes = await readFile(new URL(path, toonManifest))
        options?.onProgress?.(1, bytes.length)
        return bytes
      },
    }
    const told: number[] = []
    const onProgress = ({ phase, loaded }: { phase: string; loaded: number }): void => {
      if (phase === 'download') told.push(loaded)
    }
    await using own = await loadInWorker(toonWorker, manifest, { files, onProgress })
    same((await own.translate(small)).image, (await here.translate(small)).image)
    expect(told).toContain(1)
  })
})

describe('a dump of a worker', () => {
  it('holds what it would hold without one', async () => {
    const [local, remote] = [memoryDump(), memoryDump()]
    const options = { dump: local, backend: ort({ threads: 1 }) }
    await using a = await load(toonManifest, options)
    await using b = await loadInWorker(toonWorker, toonManifest, { dump: remote })
    await a.translate(small)
    await b.translate(small)
    expect(remote.entries.map(named)).toEqual(local.entries.map(named))
    for (const [index, entry] of local.entries.entries()) {
      expect(Buffer.compare(bytesOf(remote.entries[index]!), bytesOf(entry))).toBe(0)
    }
    expect(Object.keys(remote.run)).toEqual(Object.keys(local.run))
    expect(remote.run['manifest']).toEqual(local.run['manifest'])
    expect(remote.calls.get(1)).toMatchObject({ outcome: 'ok', transform: local.calls.get(1)?.['transform'] })
  })

  it('sends what the sink wants, and survives a sink that fails', async () => {
    const written: string[] = []
    const dump = {
      wants: (stage: string) => stage === 'modelInput',
      write: ({ stage }: DumpEntry) => {
        written.push(stage)
        throw new Error('disk full')
      },
      close: async () => undefined,
    }
    await using b = await loadInWorker(toonWorker, toonManifest, { dump })
    await b.translate(small)
    expect(written).toEqual(['modelInput'])
    expect(b.decisions).toContainEqual(
      expect.objectContaining({ choice: 'no dump', reason: expect.stringMatching(/disk full/) }),
    )
  })
})

/** The same picture with rows that lie apart, in the middle of a larger buffer. */
function withPadding(image: RawImage, padding: number): RawImage {
  const sizes = planeSizes(image.format, image.width, image.height)
  return {
    ...image,
    planes: image.planes.map(({ data, stride }, index) => {
      const { rowBytes, rows } = sizes[index]!
      const wide = new Uint8Array(100 + rows * (rowBytes + padding)).subarray(50)
      for (let row = 0; row < rows; row++) {
        wide.set(data.subarray(row * stride, row * stride + rowBytes), row * (rowBytes + padding))
      }
      return { data: wide, stride: rowBytes + padding }
    }),
  }
}

function named({ call, stage, name, image, tensor, meta }: DumpEntry): unknown {
  const shape = image
    ? { ...image, planes: image.planes.map(({ stride }) => stride) }
    : tensor && { ...tensor, data: 0 }
  return { call, stage, name, shape, meta }
}

function bytesOf({ image, tensor }: DumpEntry): Uint8Array {
  if (image) return pixelsOf(image)
  if (tensor?.location !== 'cpu') throw new Error('an entry without data')
  const { buffer, byteOffset, byteLength } = tensor.data
  return new Uint8Array(buffer, byteOffset, byteLength)
}
