import { I2iError } from './error.js'
import { referenceEngine } from './reference/engine.js'
import type { ColorEngine, ColorEngineOptions } from './types.js'

/** Opens the fastest engine that this host runs, or the one named; throws OPTION_INVALID for one that this build has not got. */
export async function openColorEngine(options: ColorEngineOptions = {}): Promise<ColorEngine> {
  const { engine = 'auto', memory } = options
  switch (engine) {
    case 'auto':
    case 'reference':
      return referenceEngine(memory?.maximumBytes)
    case 'wasm-simd':
    case 'wasm-relaxed':
      throw new I2iError('OPTION_INVALID', `Engine ${engine} is not in this build; use 'auto' or 'reference'.`, {
        details: { engine },
      })
    default:
      throw new I2iError(
        'OPTION_INVALID',
        `Engine ${String(engine satisfies never)} is unknown; use 'auto' or 'reference'.`,
        {
          details: { engine },
        },
      )
  }
}
