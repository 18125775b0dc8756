import { I2iError } from '@i2i/color'
import packageJson from '../../package.json' with { type: 'json' }
import type { ModelBytes } from '../ports.js'
import { stableJson } from './json.js'
import { escapeName } from './names.js'

type Meta = Readonly<Record<string, unknown>>

/** A file of the model, as it lies in a dump. */
export type ModelFile = readonly [path: string, bytes: Uint8Array]

/** The text of manifest.json: what a run says of itself, without the model's bytes, and what earlier runs said. */
export function runText({
  run,
  host,
  firstCall,
  model = [],
  previous = [],
}: {
  readonly run: Meta
  readonly host: Meta
  readonly firstCall: number
  readonly model?: readonly ModelFile[]
  readonly previous?: readonly unknown[]
}): string {
  const { modelBytes: _, ...said } = run
  return stableJson({
    host,
    sdk: { '@i2i/core': packageJson.version },
    ...said,
    schemaVersion: 1,
    firstCall,
    ...(model.length > 0 && { modelFiles: model.map(([file]) => file) }),
    ...(previous.length > 0 && { previousRuns: previous }),
  })
}

/** What earlier runs said in the manifest.json that is there. @throws DUMP_FAILED when it is no dump's */
export function previousRuns(text: string | undefined, path: string): readonly unknown[] {
  if (text === undefined) return []
  const { previousRuns, ...latest } = parseRun(text, path)
  return [...(Array.isArray(previousRuns) ? previousRuns : []), latest]
}

function parseRun(text: string, path: string): Meta {
  try {
    const value: unknown = JSON.parse(text)
    if (isRecord(value) && value['schemaVersion'] === 1 && 'firstCall' in value) return value
  } catch {
    // Told below, as any other file that is no dump's.
  }
  throw new I2iError('DUMP_FAILED', `${path} belongs to something else than a dump; choose another folder`)
}

/** A run's model as files of a dump, entry first: a lone ONNX file as model.onnx, several as they lie, under model/. */
export async function modelFiles(run: Meta): Promise<ModelFile[]> {
  const model = run['modelBytes']
  if (!isModelBytes(model)) return []
  const { format, entry, files } = model
  const lone = format === 'onnx' && files.size === 1
  const named: ModelFile[] = []
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

function isRecord(value: unknown): value is Meta {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
