import type { Backend } from '@i2i/core'
import { createBackend } from './backend.js'
import type { OrtOptions } from './options.js'
import { nodeFamily } from './runtime-node.js'

export type { OrtOptions } from './options.js'

/**
 * ONNX Runtime as an i2i backend: onnxruntime-node in Node, on the CPU or WebGPU; in browsers this entry is `@i2i/backend-ort/web`. Loads
 * nothing until it is used.
 * @throws OPTION_INVALID
 */
export const ort = (options: OrtOptions = {}): Backend => createBackend(nodeFamily, options)
