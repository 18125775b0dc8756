import { type Dom, I2iError } from '@i2i/core'

/** How TensorFlow.js runs. */
export interface TfjsOptions {
  /** Reserved for WebGPU, which is not built yet: naming one is OPTION_INVALID. */
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
export function checkOptions({ gpuDevice }: TfjsOptions): void {
  if (gpuDevice === undefined) return
  throw invalid('tfjs({ gpuDevice }): WebGPU is not built yet. Leave gpuDevice out to run on WebAssembly or the CPU.', {
    gpuDevice,
  })
}

/** What a caught value says, without the full stop, for use inside a sentence. */
export function reasonOf(cause: unknown): string {
  return String(cause instanceof Error ? cause.message : cause)
    .trim()
    .replace(/\.$/, '')
}
