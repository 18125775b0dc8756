import { openColorEngine } from '@i2i/color'
import { fastBounds } from '../src/engine/bounds.js'
import { engineSuite } from '../src/engine/suite.js'

engineSuite('wasm-simd', () => openColorEngine({ engine: 'wasm-simd' }), { bounds: fastBounds })
