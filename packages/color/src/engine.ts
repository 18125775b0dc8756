import { I2iError, isI2iError } from './error.js'
import { checkOptions } from './request.js'
import type { ColorEngine, ColorEngineOptions } from './types.js'
import { wasmEngine } from './wasm/engine.js'
import { hostRuns, loadModule, type WasmName } from './wasm/load.js'

/** Engine memory where the caller says nothing: reserved, but pages that are never touched cost nothing. */
const defaultMaximumBytes = 256 * 1024 * 1024

type ExplainedEngine = ColorEngine & { readonly reason: string }

function checkEngineOptions(options: ColorEngineOptions): void {
  checkOptions(options, 'options')
  const { wasm: file, memory } = options
  if (file !== undefined && !(file instanceof URL || file instanceof ArrayBuffer || ArrayBuffer.isView(file))) {
    throw new I2iError('OPTION_INVALID', `wasm is ${String(file)}; give the URL of the .wasm, or its bytes.`, {
      details: { wasm: file },
    })
  }
  if (memory === undefined) return
  checkOptions(memory, 'memory')
  const { maximumBytes } = memory
  if (maximumBytes === undefined || (Number.isInteger(maximumBytes) && maximumBytes > 0)) return
  throw new I2iError('OPTION_INVALID', `memory.maximumBytes is ${String(maximumBytes)}; give a whole number above 0.`, {
    details: { maximumBytes },
  })
}

// Few ever need it: it is loaded when it is asked for.
async function reference(options: ColorEngineOptions, reason: string): Promise<ExplainedEngine> {
  const { referenceEngine } = await import('./reference/engine.js')
  return Object.assign(referenceEngine(options.memory?.maximumBytes), { reason })
}

async function wasm(name: WasmName, options: ColorEngineOptions, reason: string): Promise<ExplainedEngine> {
  const module = await loadModule(name, options.wasm)
  return wasmEngine({ name, module, maximumBytes: options.memory?.maximumBytes ?? defaultMaximumBytes, reason })
}

/** Relaxed SIMD, else SIMD, else the reference where neither runs or its file cannot be had; a `wasm` of the caller's own must work. */
async function fastest(options: ColorEngineOptions): Promise<ExplainedEngine> {
  if (!hostRuns('wasm-simd')) return reference(options, 'this host has no WebAssembly SIMD')
  const name: WasmName = hostRuns('wasm-relaxed') ? 'wasm-relaxed' : 'wasm-simd'
  const reason = name === 'wasm-relaxed' ? 'this host runs relaxed SIMD' : 'this host runs SIMD, but not relaxed SIMD'
  try {
    return await wasm(name, options, reason)
  } catch (error) {
    if (options.wasm !== undefined || !isI2iError(error, 'MODEL_UNAVAILABLE')) throw error
    return reference(options, `${name} could not be loaded: ${error.message}`)
  }
}

/**
 * Opens the fastest engine that this host runs, or the one named; its `reason` says why it is that one. Throws OPTION_INVALID for one that
 * this host does not run or nobody knows, MODEL_UNAVAILABLE where its .wasm cannot be read, OUT_OF_MEMORY where its memory is refused.
 */
export async function openColorEngine(options: ColorEngineOptions = {}): Promise<ColorEngine> {
  checkEngineOptions(options)
  const { engine = 'auto' } = options
  switch (engine) {
    case 'auto':
      return fastest(options)
    case 'reference':
      return reference(options, 'asked for by name')
    case 'wasm-simd':
    case 'wasm-relaxed':
      if (hostRuns(engine)) return wasm(engine, options, 'asked for by name')
      throw new I2iError('OPTION_INVALID', `This host does not run ${engine}; use 'auto' or 'reference'.`, {
        details: { engine },
      })
    default:
      throw new I2iError(
        'OPTION_INVALID',
        `Engine ${String(engine satisfies never)} is unknown; use 'auto', 'wasm-relaxed', 'wasm-simd' or 'reference'.`,
        {
          details: { engine },
        },
      )
  }
}
