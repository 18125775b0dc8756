import { openColorEngine } from '@i2i/color'
import { referenceBounds } from '../src/engine/bounds.js'
import { engineSuite } from '../src/engine/suite.js'

engineSuite('reference', () => openColorEngine({ engine: 'reference' }), { bounds: referenceBounds })
