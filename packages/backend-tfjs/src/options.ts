import { type Dom, I2iError } from '@i2i/core'
import { checkKeys, checkWasmPaths } from '@i2i/core/backend'

/** How TensorFlow.js runs. */
export interface TfjsOptions {
  /** The device that sessions on `webgpu` run on, and whose buffers they take and give; default: one of their own. */
  readonly gpuDevice?: Dom<'GPUDevice'>
  /**
   * Where the .wasm files of @tensorflow/tfjs-backend-wasm lie: a URL prefix, or a URL for each file name; default: beside its script.
   * TensorFlow.js keeps it for the whole page or process from first use; a different one later is OPTION_INVALID.
   */
  readonly wasmPaths?: string | Readonly<Record<string, string>>
}

/** An option that cannot be met. */
export function invalid(message: string, details: Readonly<Record<string, unknown>>): I2iError {
  return new I2iError('OPTION_INVALID', message, { details })
}

/** Refuses what is wrong before anything is loaded. @throws OPTION_INVALID */
export function checkOptions(options: TfjsOptions): void {
  checkKeys('tfjs()', options, ['gpuDevice', 'wasmPaths'])
  const { gpuDevice, wasmPaths } = options
  checkWasmPaths('tfjs()', wasmPaths)
  if (gpuDevice === undefined || typeof gpuDevice.lost?.then === 'function') return
  throw invalid('tfjs({ gpuDevice }): expected a GPUDevice, as adapter.requestDevice() gives.', { gpuDevice })
}

/** What a caught value says, without the full stop, for use inside a sentence. */
export function reasonOf(cause: unknown): string {
  return String(cause instanceof Error ? cause.message : cause)
    .trim()
    .replace(/\.$/, '')
}
