/** A manifest as JSON gives it, with as much said of its type as the tests use. */
export interface ManifestJson {
  readonly [key: string]: unknown
  readonly input: Readonly<Record<string, unknown>>
  readonly variants: readonly { readonly files: readonly unknown[] }[]
}

const full = {
  $schema: './manifest.schema.json',
  schemaVersion: 1,
  id: 'toon',
  version: '1.0.0',
  license: 'MIT',
  description: 'Turns a photo into a cartoon.',
  'x-author': { name: 'someone' },
  input: {
    tensor: 'input',
    layout: 'NCHW',
    dtype: 'float32',
    channels: 'RGB',
    mean: [0.485, 0.456, 0.406],
    std: [0.229, 0.224, 0.225],
    size: { multipleOf: 8, maxPixels: 4194304 },
  },
  outputs: [
    { role: 'image', tensor: 'out', layout: 'NCHW', dtype: 'float32', channels: 'RGB', scale: 2, slice: [0, 3] },
    { role: 'mask', tensor: 'out', name: 'ink', layout: 'NCHW', slice: [3, 4], 'x-note': 'ink lines' },
    { role: 'data', tensor: 'score' },
  ],
  params: { strength: { tensor: 'strength', dtype: 'float32', dims: [1, 2], default: [0.5, 1] } },
  resize: { kernel: 'bilinear', antialias: true, fit: 'contain', pad: [0, 0, 0] },
  strategy: { kind: 'tile', overlap: 16, nested: { free: [1, 'two', null] } },
  variants: [
    {
      id: 'fp32',
      format: 'onnx',
      precision: 'fp32',
      devices: ['cpu', 'wasm'],
      files: [{ path: 'toon.onnx', sha256: 'ab'.repeat(32), bytes: 1234, role: 'graph' }],
      canary: { seed: 7, tolerance: 0.001, digest: [0.25, -1.5] },
    },
  ],
}

/** A manifest that uses every field; each call makes a fresh copy. */
export function fullManifest(): ManifestJson {
  return structuredClone(full)
}

/** The least that a manifest must say. */
export function minimalManifest(): ManifestJson {
  const { schemaVersion, id, version, input, outputs, variants } = structuredClone(full)
  const { mean: _mean, std: _std, ...binding } = input
  return {
    schemaVersion,
    id,
    version,
    input: { ...binding, size: { width: 256, height: 256 } },
    outputs: outputs.slice(0, 1),
    variants: variants.map(({ canary: _canary, ...variant }) => variant),
  }
}

/** `base` with the value at `path` (`outputs.1.channels`) replaced, or removed where `value` is undefined. */
export function edited(base: object, path: string, value: unknown): unknown {
  const copy = structuredClone(base)
  const keys = path.split('.')
  const last = keys.pop() ?? ''
  const owner = keys.reduce<unknown>((at, key) => Reflect.get(Object(at), key), copy)
  if (value === undefined) Reflect.deleteProperty(Object(owner), last)
  else Reflect.defineProperty(Object(owner), last, { value, enumerable: true, configurable: true, writable: true })
  return copy
}
