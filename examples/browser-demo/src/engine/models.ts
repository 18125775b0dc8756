import type { Settings } from './protocol.js'

/** Where a choice of the page lies, and whether its model is swapped for one that changes nothing. */
export interface ModelChoice {
  readonly manifest: string
  readonly identity: boolean
  /** The runtimes that open it. */
  readonly backends: readonly Settings['backend'][]
  /** What the result is called. */
  readonly label: string
  /** The result's size over the picture's. */
  readonly scale: number
}

// A built script lies one folder below the page, wherever that is served; the dev server keeps scripts where their sources are.
const script = import.meta.url
const base = import.meta.env.DEV ? new URL('/', script) : new URL('..', script)
const at = (path: string): string => new URL(path, base).href

const toon = at('models/toon/toon.i2i.json')

export const models: Readonly<Record<Settings['model'], ModelChoice>> = {
  toon: { manifest: toon, identity: false, backends: ['ort', 'tfjs'], label: 'Toon', scale: 1 },
  enlarge: {
    manifest: at('models/esrgan-slim/esrgan-slim-x2.i2i.json'),
    identity: false,
    backends: ['tfjs'],
    label: 'Enlarged',
    scale: 2,
  },
  identity: { manifest: toon, identity: true, backends: ['ort', 'tfjs'], label: 'Identity', scale: 1 },
}

/** Where TensorFlow.js finds its .wasm. */
export const tfjsWasm = at('tfjs/')
