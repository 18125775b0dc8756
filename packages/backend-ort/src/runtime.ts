import type { Device } from '@i2i/core'
import type { GpuDevices, GpuLease } from '@i2i/core/backend'
import type * as Ort from 'onnxruntime-common'
import type { OrtOptions } from './options.js'

/** What both onnxruntime packages export: onnxruntime-common's interface. */
export type OrtModule = Pick<typeof Ort, 'InferenceSession' | 'Tensor' | 'env'>

/** How a session is made. */
export type Settings = Ort.InferenceSession.SessionOptions

/** A build of onnxruntime on one device, and how it differs from the others. */
export interface Runtime {
  /** The npm package. */
  readonly name: 'onnxruntime-node' | 'onnxruntime-web'
  readonly device: Device
  /** Whether a feed over a SharedArrayBuffer is taken as it is. */
  readonly takesSharedMemory: boolean
  load(): Promise<OrtModule>
  /** Rejects with what keeps the device from being used here. */
  probe?(module: OrtModule): Promise<void>
  /** Where the sessions of one backend get the GPUDevice that they share with the caller; a runtime without has none to share. */
  gpuDevices?(options: OrtOptions): GpuDevices
  /** Session options that carry `threads` and the device; settles process-wide settings. @throws OPTION_INVALID */
  configure(module: OrtModule, options: OrtOptions, lease: GpuLease | undefined): Settings
  /** Runs `task` when the runtime can bear it. */
  exclusive<T>(module: OrtModule, task: () => Promise<T>): Promise<T>
  /** The profile, in JSON, of a session that `open` makes with further settings and `use` runs once. */
  profile?(
    open: (settings: Settings) => Promise<Ort.InferenceSession>,
    use: (session: Ort.InferenceSession) => Promise<void>,
  ): Promise<string>
}

/** The builds of one onnxruntime package; the first is the one for callers who name no device. */
export interface Family {
  readonly name: Runtime['name']
  /** In the order that `auto` tries them. */
  readonly runtimes: readonly Runtime[]
  /** What a session runs on when nobody says. */
  readonly usual: Device
  /** Devices that this package does not offer, and what to do instead. */
  readonly elsewhere: readonly { readonly device: Device; readonly reason: string }[]
}
