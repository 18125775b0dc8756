import type { Backend } from '@i2i/core'
import { createBackend } from './backend.js'
import type { TfjsOptions } from './options.js'

export type { TfjsOptions } from './options.js'

/**
 * TensorFlow.js as an i2i backend: `onnx` models, converted as they are opened, and `tfjs` models (graph and layers), on WebAssembly,
 * in plain JavaScript or, in browsers, on WebGPU. Loads nothing until it is used.
 * @throws OPTION_INVALID
 */
export const tfjs = (options: TfjsOptions = {}): Backend => createBackend(options)
