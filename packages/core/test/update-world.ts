import { createHash, randomBytes } from 'node:crypto'
import { type ColorEngine, openColorEngine } from '@i2i/color'
import { beforeEach } from 'vitest'
import { canaryDigest } from '../src/canary.js'
import type { Backend, ModelBytes, Session, Tensor } from '../src/ports.js'
import { type ModelUpdates, modelStore, modelUpdates } from '../src/store/index.js'
import type { Translator } from '../src/types.js'
import { fakeBackend, manifest, noise, variant } from './fake-backend.js'
import { type FaultServer, faultServer, sendFile } from './fault-server.js'
import { type MemoryStorage, memoryStorage } from './memory-storage.js'

export const server: FaultServer = faultServer()
export const color: ColorEngine = await openColorEngine({ engine: 'reference' })
export const size = 20_000

/** Model n adds n / 255 to every value; its first byte says so. */
export const models: readonly Uint8Array[] = [1, 2, 3, 4].map((n) => Uint8Array.from(randomBytes(size)).fill(n, 0, 1))
const brightness =
  (n: number) =>
  (feeds: Readonly<Record<string, Tensor>>): Record<string, Tensor> => {
    const { x } = feeds
    if (x?.location !== 'cpu') throw new Error('no feed')
    return { y: { ...x, data: Float32Array.from(x.data, Number).map((value) => value + n / 255) } }
  }

/** Opens models by their first byte; those in `broken` compute something else. */
export function backend(broken: ReadonlySet<number> = new Set()): Backend & { open: number } {
  const counted = { open: 0 }
  const openSession = async ({ files, entry }: ModelBytes): Promise<Session> => {
    const n = files.get(entry)?.[0] ?? 0
    const session = await fakeBackend(brightness(broken.has(n) ? 99 : n)).openSession({ format: 'onnx', entry, files })
    counted.open++
    return { ...session, dispose: async () => void counted.open-- }
  }
  return Object.assign(counted, { ...fakeBackend(() => ({})), openSession })
}

async function manifestText(n: number, { canary = true, id = 'fake' } = {}): Promise<string> {
  const session = await fakeBackend(brightness(n)).openSession({ format: 'onnx', entry: '', files: new Map() })
  const digest = await canaryDigest(manifest(), session, color, 7)
  const sha256 = createHash('sha256')
    .update(models[n - 1] ?? '')
    .digest('hex')
  const files = [{ path: `model-${n}.onnx`, sha256, bytes: size }]
  const one = { ...variant('fp32'), files, ...(canary && { canary: { seed: 7, tolerance: 1e-3, digest } }) }
  return JSON.stringify(manifest({ id, version: `${n}.0.0`, variants: [one] }))
}

interface Publishing {
  /** What the server does with a file's bytes; default: sends them. */
  file?: (bytes: Uint8Array, ...args: Parameters<typeof server.handle>) => void
  text?: string
  canary?: boolean
  id?: string
}

export async function publish(n: number, { file, text, ...rest }: Publishing = {}): Promise<void> {
  const body = new TextEncoder().encode(text ?? (await manifestText(n, rest)))
  const etag = `"m${createHash('sha256').update(body).digest('hex')}"`
  server.handle = (request, response) => {
    const [, wanted] = /model-(\d)/.exec(request.url ?? '') ?? []
    if (!wanted) return sendFile(request, response, body, { etag })
    const bytes = models[Number(wanted) - 1] ?? new Uint8Array(0)
    if (file) file(bytes, request, response)
    else sendFile(request, response, bytes)
  }
}

export const offline = (): void => {
  server.handle = (_, response) => response.destroy()
}
export const asked = (): string[] => server.asked.map(({ url }) => url)

/** A new one for each test. */
export let storage: MemoryStorage
beforeEach(() => {
  storage = memoryStorage()
})

export function updatesOf(
  broken?: ReadonlySet<number>,
  more: object = {},
): ModelUpdates & { backend: ReturnType<typeof backend> } {
  const own = backend(broken)
  const store = modelStore({ storage, retryDelayMs: 1, retries: 1, idleMs: 2000 })
  const updates = modelUpdates({ manifest: `${server.origin}/toon.i2i.json`, store, backend: own, color, ...more })
  return Object.assign(updates, { backend: own })
}

/** Which model a translator runs, told by what it does to a picture. */
export async function modelOf(translator: Translator | undefined): Promise<number> {
  if (!translator) return 0
  const before = noise(8, 8)
  const { image } = await translator.translate(before)
  const at = before.planes[0]?.data.findIndex((value) => value > 5 && value < 200) ?? 0
  return (image.planes[0]?.data[at] ?? 0) - (before.planes[0]?.data[at] ?? 0)
}

/** Installs model 1, as an app did long ago. */
export async function installed(
  broken?: ReadonlySet<number>,
): Promise<{ updates: ReturnType<typeof updatesOf>; translator: Translator }> {
  await publish(1)
  const updates = updatesOf(broken)
  const translator = await updates.current()
  server.asked.length = 0
  return { updates, translator }
}
