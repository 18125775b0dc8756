import { ort } from '@i2i/backend-ort'
import { tfjs } from '@i2i/backend-tfjs'
import { tfjsWasm } from './models.js'

// More than one thread needs shared memory, which a page has only when it is cross-origin isolated.
const threads = globalThis.crossOriginIsolated ? Math.min(4, navigator.hardwareConcurrency) : 1

/** The runtimes, by the names of the page's settings. */
export const backends = {
  ort: () => ort({ threads }),
  tfjs: () => tfjs({ wasmPaths: tfjsWasm }),
}
