import { openColorEngine } from '@i2i/color'
import { fastBounds, referenceBounds } from '../src/engine/bounds.js'
import { engineSuite } from '../src/engine/suite.js'

// Few pictures: Node runs the same properties at length; here it is the browser's compiler that is looked at.
const brief = { runs: 6, step: 51 }

engineSuite('reference', () => openColorEngine({ engine: 'reference' }), { bounds: referenceBounds, ...brief })
for (const name of ['wasm-simd', 'wasm-relaxed'] as const) {
  engineSuite(name, () => openColorEngine({ engine: name }), { bounds: fastBounds, ...brief })
}
