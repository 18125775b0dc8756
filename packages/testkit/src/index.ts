export { type BackendCheck, type BackendSuiteOptions, backendSuite } from './backend/suite.js'
export { type EngineBounds, fastBounds, type OpenEngine, referenceBounds } from './engine/bounds.js'
export { exhaustive } from './engine/exhaustive.js'
export { type EngineSuiteOptions, engineSuite } from './engine/suite.js'
