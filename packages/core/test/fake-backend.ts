import { openColorEngine, type RawImage, rawImage } from '@i2i/color'
import { load } from '../src/load.js'
import type { ModelManifest, PixelBinding } from '../src/manifest.js'
import type { Backend, Device, IoSpec, ModelFiles, Session, Tensor, TensorInfo } from '../src/ports.js'
import type { LoadOptions, Translator } from '../src/types.js'

/** A model in plain TypeScript: feeds in, tensors out. */
export type FakeModel = (
  feeds: Readonly<Record<string, Tensor>>,
) => Record<string, Tensor> | Promise<Record<string, Tensor>>

export interface FakeOptions {
  name?: string
  devices?: readonly { device: Device; available: boolean; reason?: string }[]
  inputs?: readonly TensorInfo[]
  outputs?: readonly TensorInfo[]
  open?: () => void
  /** What a session says of the part of it that runs elsewhere. */
  fallback?: string
}

export interface FakeBackend extends Backend {
  readonly opened: Device[]
  readonly identities: IoSpec[]
  disposed: number
}

/** A backend whose sessions call `model`. */
export function fakeBackend(model: FakeModel, options: FakeOptions = {}): FakeBackend {
  const dims = [1, 3, 'height', 'width']
  const inputs = options.inputs ?? [{ name: 'x', dtype: 'float32', dims }]
  const outputs = options.outputs ?? [{ name: 'y', dtype: 'float32', dims }]
  const session = (device: Device): Session => ({
    device,
    inputs,
    outputs,
    ...(options.fallback && { fallback: options.fallback }),
    run: async (feeds) => await model(feeds),
    dispose: async () => {
      backend.disposed++
    },
    [Symbol.asyncDispose]: async () => undefined,
  })
  const backend: FakeBackend = {
    name: options.name ?? 'fake',
    formats: ['onnx'],
    opened: [],
    identities: [],
    disposed: 0,
    devices: async () => options.devices ?? [{ device: 'cpu', available: true }],
    openSession: async (_, { device = 'cpu' } = {}) => {
      options.open?.()
      backend.opened.push(device)
      return session(device)
    },
    openIdentity: async (io, { device = 'cpu' } = {}) => {
      backend.identities.push(io)
      return { ...session(device), inputs: io.inputs, outputs: io.outputs }
    },
  }
  return backend
}

export const rgb: PixelBinding = { tensor: 'y', layout: 'NCHW', dtype: 'float32', channels: 'RGB' }

/** Every file is one zero byte. */
const noFiles: ModelFiles = { read: async () => new Uint8Array(1) }

/** A manifest of an RGB model from tensor x to tensor y, changed as told. */
export function manifest(change: Partial<ModelManifest> = {}): ModelManifest {
  return {
    schemaVersion: 1,
    id: 'fake',
    version: '1.0.0',
    input: { ...rgb, tensor: 'x', size: { multipleOf: 4 } },
    outputs: [{ role: 'image', ...rgb }],
    variants: [variant('fp32')],
    ...change,
  }
}

export function variant(
  id: string,
  devices: readonly Device[] = ['cpu', 'wasm', 'webgpu'],
): ModelManifest['variants'][0] {
  const sha256 = '6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d'
  return { id, format: 'onnx', precision: 'fp32', devices, files: [{ path: `${id}.onnx`, sha256, bytes: 1 }] }
}

/** load() with the reference engine and one-byte files. */
export async function loadFake(change: Partial<ModelManifest>, options: LoadOptions): Promise<Translator> {
  const color = await openColorEngine({ engine: 'reference' })
  return await load(manifest(change), { color, files: noFiles, ...options })
}

/** The feed as it is, under the name `y`. */
export const echo: FakeModel = ({ x }) => (x ? { y: x } : {})

/** An RGB picture of seeded noise. */
export function noise(width: number, height: number, seed = 1): RawImage {
  const data = new Uint8Array(width * height * 3)
  let state = seed
  for (let i = 0; i < data.length; i++) {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0
    data[i] = state >>> 24
  }
  return rawImage({ format: 'RGB', width, height, data })
}

/** The numbers of a CPU tensor. */
export function numbers(tensor: Tensor | RawImage | undefined): number[] {
  if (!tensor || 'planes' in tensor || tensor.location !== 'cpu') throw new Error('expected a CPU tensor')
  return Array.from(tensor.data, Number)
}
