import type { Dom } from '@i2i/core'
import { checkKeys, checkWasmPaths, type GpuDevice } from '@i2i/core/backend'
import { invalid } from './errors.js'
import type { Family } from './runtime.js'

/** How ONNX Runtime runs. */
export interface OrtOptions {
  /**
   * The device that sessions on `webgpu` run on in a browser, and whose buffers they take and give; default: one of their own.
   * onnxruntime-node cannot adopt a device: OPTION_INVALID there.
   */
  readonly gpuDevice?: Dom<'GPUDevice'>
  /**
   * Threads of one run; default: ONNX Runtime's choice. onnxruntime-web fixes it for the whole page or process at first use
   * (a different number later is OPTION_INVALID), and runs on one where the page is not cross-origin isolated.
   */
  readonly threads?: number
  /** Where onnxruntime-web's .wasm lies: a URL prefix, or a URL for each of `wasm` and `mjs`; onnxruntime-node ignores it. Fixed at first use. */
  readonly wasmPaths?: string | Readonly<Record<string, string>>
  /** Passed to ONNX Runtime's `InferenceSession.create` over our defaults (`logSeverityLevel: 3`, one execution provider); on webgpu the provider stays. */
  readonly sessionOptions?: Readonly<Record<string, unknown>>
}

/** Refuses what is wrong before anything is loaded. @throws OPTION_INVALID */
export function checkOptions({ runtimes, name }: Family, options: OrtOptions): void {
  checkKeys('ort()', options, ['gpuDevice', 'threads', 'wasmPaths', 'sessionOptions'])
  const { gpuDevice, threads, wasmPaths, sessionOptions } = options
  checkWasmPaths('ort()', wasmPaths)
  if (gpuDevice !== undefined && !runtimes.some((runtime) => runtime.gpuDevices)) {
    throw invalid(
      `ort({ gpuDevice }): ${name} makes its own device. Leave gpuDevice out; device 'webgpu' needs none.`,
      {
        gpuDevice,
      },
    )
  }
  if (gpuDevice !== undefined && typeof (gpuDevice as Partial<GpuDevice>).lost?.then !== 'function') {
    throw invalid('ort({ gpuDevice }): expected a GPUDevice, as adapter.requestDevice() gives.', { gpuDevice })
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
      const remedy = name === 'webgpu' ? "Ask for device: 'webgpu' instead" : 'It is not built yet'
      throw invalid(
        `ort({ sessionOptions: { executionProviders } }): ${name} is no provider to name here. ${remedy}.`,
        { executionProvider: name },
      )
    }
  }
}
