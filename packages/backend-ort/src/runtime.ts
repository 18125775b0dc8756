import type { Device } from '@i2i/core'
import type * as Ort from 'onnxruntime-common'
import type { OrtOptions } from './options.js'

/** What both onnxruntime packages export: onnxruntime-common's interface. */
export type OrtModule = Pick<typeof Ort, 'InferenceSession' | 'Tensor' | 'env'>

/** One of the onnxruntime packages and how it differs from the other. */
export interface Runtime {
  /** The npm package. */
  readonly name: 'onnxruntime-node' | 'onnxruntime-web'
  readonly device: Device
  /** Devices that this runtime does not offer, and what to do instead. */
  readonly elsewhere: readonly { readonly device: Device; readonly reason: string }[]
  /** Whether a feed over a SharedArrayBuffer is taken as it is. */
  readonly takesSharedMemory: boolean
  load(): Promise<OrtModule>
  /** Session options that carry `threads`; settles process-wide settings. @throws OPTION_INVALID */
  configure(module: OrtModule, options: OrtOptions): Ort.InferenceSession.SessionOptions
  /** Runs `task` when the runtime can bear it. */
  exclusive<T>(module: OrtModule, task: () => Promise<T>): Promise<T>
}
