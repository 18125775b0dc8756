import type { Backend } from '@i2i/core'
import { createBackend } from './backend.js'
import type { OrtOptions } from './options.js'
import { webFamily } from './runtime-web.js'

export type { OrtOptions } from './options.js'

/**
 * ONNX Runtime as an i2i backend: onnxruntime-web, on WASM in browsers and in Node, on WebGPU in browsers. Loads
 * nothing until it is used.
 * @throws OPTION_INVALID
 */
export const ort = (options: OrtOptions = {}): Backend => createBackend(webFamily, options)
