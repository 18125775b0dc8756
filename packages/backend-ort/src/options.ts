import type { Dom } from '@i2i/core'
import { invalid } from './errors.js'

/** How ONNX Runtime runs. */
export interface OrtOptions {
  /** Reserved for WebGPU, which is not built yet: naming one is OPTION_INVALID. */
  readonly gpuDevice?: Dom<'GPUDevice'>
  /**
   * Threads of one run; default: ONNX Runtime's choice. onnxruntime-web fixes it for the whole page or process at first use
   * (a different number later is OPTION_INVALID), and runs on one where the page is not cross-origin isolated.
   */
  readonly threads?: number
  /** Where onnxruntime-web's .wasm lies: a URL prefix, or a URL for each of `wasm` and `mjs`; onnxruntime-node ignores it. Fixed at first use. */
  readonly wasmPaths?: string | Readonly<Record<string, string>>
  /** Passed to ONNX Runtime's `InferenceSession.create` over our defaults (`logSeverityLevel: 3`, one execution provider). */
  readonly sessionOptions?: Readonly<Record<string, unknown>>
}

/** Refuses what is wrong before anything is loaded. @throws OPTION_INVALID */
export function checkOptions({ gpuDevice, threads, sessionOptions }: OrtOptions): void {
  if (gpuDevice !== undefined) {
    throw invalid('ort({ gpuDevice }): WebGPU is not built yet. Leave gpuDevice out to run on the CPU.', { gpuDevice })
  }
  if (threads !== undefined && !(Number.isInteger(threads) && threads > 0)) {
    throw invalid(
      `ort({ threads: ${String(threads)} }): expected a whole number of 1 or more. Leave threads out for ONNX Runtime's choice.`,
      { threads },
    )
  }
  // A session that says 'cpu' or 'wasm' must not have run elsewhere: Backend.devices() is the one list of where models run.
  const providers: unknown = sessionOptions?.['executionProviders']
  for (const provider of Array.isArray(providers) ? providers : []) {
    const name: unknown = typeof provider === 'object' ? provider?.name : provider
    if (name === 'webgpu' || name === 'webnn' || name === 'webgl') {
      throw invalid(
        `ort({ sessionOptions: { executionProviders } }): ${name} is not built yet. Take it out of the list to run on the CPU.`,
        { executionProvider: name },
      )
    }
  }
}
