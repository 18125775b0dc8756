import { setFlagsFromString } from 'node:v8'
import { type ColorEngine, type ColorEngineOptions, openColorEngine } from '../../src/index.js'
import type { WasmEngine } from '../../src/wasm/engine.js'

// Node 20 has relaxed SIMD behind a flag, which V8 reads at every compilation; later versions have it without.
setFlagsFromString('--experimental-wasm-relaxed-simd')

export const wasmNames = ['wasm-simd', 'wasm-relaxed'] as const

/** Where the build puts the kernels; the sources, unlike the package, do not lie beside them. */
export function kernelUrl(name: (typeof wasmNames)[number]): URL {
  return new URL(`../../dist/i2i-color-${name.slice('wasm-'.length)}.wasm`, import.meta.url)
}

function isWasmEngine(engine: ColorEngine): engine is WasmEngine {
  return 'memory' in engine && 'reason' in engine
}

/** A WebAssembly engine, with its view of its memory. */
export async function openWasm(
  name: (typeof wasmNames)[number],
  memory: NonNullable<ColorEngineOptions['memory']> = {},
): Promise<WasmEngine> {
  const engine = await openColorEngine({ engine: name, wasm: kernelUrl(name), memory })
  if (!isWasmEngine(engine)) throw new Error(`${name} opened ${engine.name}`)
  return engine
}
