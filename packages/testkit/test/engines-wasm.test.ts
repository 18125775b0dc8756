import { setFlagsFromString } from 'node:v8'
import { openColorEngine } from '@i2i/color'
import { fastBounds } from '../src/engine/bounds.js'
import { engineSuite } from '../src/engine/suite.js'

// Node 20 has relaxed SIMD behind a flag, which V8 reads at every compilation; later versions have it without.
setFlagsFromString('--experimental-wasm-relaxed-simd')

for (const name of ['wasm-simd', 'wasm-relaxed'] as const) {
  engineSuite(name, () => openColorEngine({ engine: name }), { bounds: fastBounds })
}
