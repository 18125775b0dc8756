import type { TensorData } from '@i2i/color'
import type { Dom } from './dom.js'
import type { PixelBinding } from './manifest.js'

/** Where a model runs. */
export type Device = 'cpu' | 'wasm' | 'webgpu' | 'webnn'

/** Numbers with a shape, in memory or on a GPU. float16 is its bits in a Uint16Array. */
export type Tensor = { readonly dtype: string; readonly dims: readonly number[] } & (
  | { readonly location: 'cpu'; readonly data: TensorData }
  | {
      readonly location: 'gpu'
      readonly buffer: Dom<'GPUBuffer'>
      read(): Promise<TensorData>
      dispose(): void
    }
)

/** A tensor that a model takes or gives; a string among `dims` is a symbolic size. */
export interface TensorInfo {
  readonly name: string
  readonly dtype: string
  readonly dims: readonly (number | string)[]
}

/** Where a model's files come from. @throws MODEL_UNAVAILABLE from read(); an abort rejects with signal.reason. */
export interface ModelFiles {
  read(path: string, options?: ModelFileOptions): Promise<Uint8Array>
  /**
   * For readers that keep what they read: the bytes were not those that the manifest names, and are to be dropped. Returns whether asking
   * read() once more may mend it.
   */
  forget?(path: string, options?: ModelFileOptions): Promise<boolean>
}

/** What a reader of model files is told besides the path, as far as the caller knows it. */
export interface ModelFileOptions {
  /** Aborting rejects with signal.reason. */
  signal?: AbortSignal
  onProgress?(loaded: number, total?: number): void
  /** Where the manifest says that the file lies: an absolute URL, or in Node an absolute path. */
  url?: string
  /** What the manifest says of the file; whoever asked checks it, whatever the reader does. */
  expected?: { readonly sha256: string; readonly bytes: number }
  /** Takes what a reader could not do, and got by without: one sentence. */
  onNotice?(notice: string): void
}

/** A model's verified bytes; `entry` is the key in `files` of the graph itself. */
export interface ModelBytes {
  readonly format: string
  readonly entry: string
  readonly files: ReadonlyMap<string, Uint8Array>
}

/**
 * What an identity model must look like: every image output follows the image input (layout, channel permutation, scale and
 * offset, integer enlargement by nearest); masks are constant 1; extra inputs are ignored.
 */
export interface IoSpec {
  readonly inputs: readonly (TensorInfo & { readonly binding?: PixelBinding })[]
  readonly outputs: readonly (TensorInfo & {
    readonly role: 'image' | 'mask' | 'data'
    readonly binding?: PixelBinding
    readonly scale?: number
  })[]
}

/** Where a session is to run; an abort rejects with signal.reason. */
export interface SessionOptions {
  readonly device?: Device
  readonly signal?: AbortSignal
}

/** Whether a backend runs on a device here. */
export interface DeviceOffer {
  readonly device: Device
  readonly available: boolean
  /** Why it is not available, or what speaks against one that is: `auto` tries that one last. */
  readonly reason?: string
}

/** A runtime. @throws BACKEND_UNAVAILABLE, MODEL_UNSUPPORTED */
export interface Backend {
  readonly name: string
  /** Model formats it opens: `onnx`, `tfjs`. */
  readonly formats: readonly string[]
  /** The devices that `auto` tries, in order. With it each is looked at when its turn comes; without it all are at once. */
  readonly order?: readonly Device[]
  /**
   * What it can run on, in the order that `auto` tries: the one to prefer comes first. Of the device `wanted` alone, where one is named:
   * nothing need be loaded for the others, and a list that holds them all the same does no harm.
   */
  devices(wanted?: Device): Promise<readonly DeviceOffer[]>
  openSession(model: ModelBytes, options?: SessionOptions): Promise<Session>
  openIdentity(io: IoSpec, options?: SessionOptions): Promise<Session>
}

/** A model ready to run. Whoever opened it disposes it. @throws SHAPE_MISMATCH, DEVICE_LOST, DISPOSED from run() */
export interface Session extends AsyncDisposable {
  readonly device: Device
  readonly inputs: readonly TensorInfo[]
  readonly outputs: readonly TensorInfo[]
  readonly gpuDevice?: Dom<'GPUDevice'>
  /** The runtime's packages and their versions, for dumps. */
  readonly versions?: Readonly<Record<string, string>>
  /** Set where part of the model does not run on `device`: why, and what tells which part. */
  readonly fallback?: string
  run(
    feeds: Readonly<Record<string, Tensor>>,
    options?: {
      readonly fetch?: readonly string[]
      readonly location?: 'cpu' | 'gpu'
      readonly signal?: AbortSignal
    },
  ): Promise<Record<string, Tensor>>
  placement?(): Promise<readonly { readonly node: string; readonly op: string; readonly provider: string }[]>
  dispose(): Promise<void>
}
