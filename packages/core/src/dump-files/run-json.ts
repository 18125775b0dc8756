import packageJson from '../../package.json' with { type: 'json' }
import type { ModelBytes } from '../ports.js'
import { escapeName } from './names.js'

type Meta = Readonly<Record<string, unknown>>

/** What a run says of itself, for manifest.json; the model's bytes are left out. */
export function runManifest(run: Meta, host: Meta, firstCall: number): Meta {
  const { modelBytes: _, ...said } = run
  return { host, sdk: { '@i2i/core': packageJson.version }, ...said, schemaVersion: 1, firstCall }
}

/** A run's model as files of a dump, entry first: a lone ONNX file as model.onnx, several as they lie, under model/. */
export async function modelFiles(run: Meta): Promise<(readonly [path: string, bytes: Uint8Array])[]> {
  const model = run['modelBytes']
  if (!isModelBytes(model)) return []
  const { format, entry, files } = model
  const lone = format === 'onnx' && files.size === 1
  const named: (readonly [string, Uint8Array])[] = []
  for (const [path, bytes] of files) {
    const file = [lone ? 'model.onnx' : ['model', ...(await safeSegments(path))].join('/'), bytes] as const
    if (path === entry) named.unshift(file)
    else named.push(file)
  }
  return named
}

// Paths come from a manifest: they must not lead out of the dump, and the files must still find each other.
async function safeSegments(path: string): Promise<string[]> {
  const segments = path.split(/[\\/]/).filter((segment) => segment !== '' && segment !== '.')
  const safe = segments.every((segment) => segment !== '..' && !segment.includes(':'))
  return safe && segments.length > 0 ? segments : [await escapeName(path)]
}

function isModelBytes(value: unknown): value is ModelBytes {
  return typeof value === 'object' && value !== null && 'files' in value && value.files instanceof Map
}
