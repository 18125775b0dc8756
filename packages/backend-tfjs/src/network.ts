import type { TensorInfo } from '@i2i/core'
import type { Tensor as TfTensor } from '@tensorflow/tfjs-core'

/** A model that TensorFlow.js has loaded, whatever format it came in. Called with its device chosen. */
export interface Network {
  readonly inputs: readonly TensorInfo[]
  readonly outputs: readonly TensorInfo[]
  /** Gives the outputs asked for, in that order; they are the caller's to dispose of. */
  execute(feeds: ReadonlyMap<string, TfTensor>, fetch: readonly string[]): readonly TfTensor[]
  dispose(): void
}
