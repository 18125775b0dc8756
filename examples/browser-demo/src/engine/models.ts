import type { Settings } from './protocol.js'

/** Where a choice of the page lies, and whether its model is swapped for one that changes nothing. */
export interface ModelChoice {
  readonly manifest: string
  readonly identity: boolean
  /** What the result is called. */
  readonly label: string
  /** The result's size over the picture's. */
  readonly scale: number
}

// A built script lies one folder below the page, wherever that is served; the dev server keeps scripts where their sources are.
const script = import.meta.url
const base = import.meta.env.DEV ? new URL('/', script) : new URL('..', script)
const at = (path: string): string => new URL(path, base).href

export const models: Readonly<Record<Settings['model'], ModelChoice>> = {
  toon: { manifest: at('models/toon/toon.i2i.json'), identity: false, label: 'Toon', scale: 1 },
  enlarge: { manifest: at('models/esrgan-slim/esrgan-slim-x2.i2i.json'), identity: false, label: 'Enlarged', scale: 2 },
  identity: { manifest: at('models/toon/toon.i2i.json'), identity: true, label: 'Identity', scale: 1 },
}

/** Where TensorFlow.js finds its .wasm. */
export const tfjsWasm = at('tfjs/')
