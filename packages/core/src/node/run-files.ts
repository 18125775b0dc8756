import { mkdir, readFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { I2iError } from '@i2i/color'
import type { ModelBytes } from '../ports.js'
import { replaceFile } from './files.js'
import { stableJson } from './json.js'
import { escapeName } from './names.js'

type Meta = Readonly<Record<string, unknown>>

/**
 * Writes manifest.json for a run, keeping what earlier runs said as `previousRuns`, and the model's files when asked: a lone ONNX file as
 * model.onnx, several as they lie, under model/.
 * @throws DUMP_FAILED when a manifest.json is there that is no dump's
 */
export async function writeRun(
  dir: string,
  run: Meta,
  { firstCall, includeModel }: { readonly firstCall: number; readonly includeModel: boolean },
): Promise<void> {
  const path = join(dir, 'manifest.json')
  const previousRuns = await earlierRuns(path)
  const { modelBytes, ...said } = run
  const model = includeModel && isModelBytes(modelBytes) ? await writeModel(dir, modelBytes) : undefined
  const host = { node: process.version, platform: process.platform, arch: process.arch }
  const manifest = { host, ...said, schemaVersion: 1, firstCall, ...(model && { modelFiles: model }) }
  await replaceFile(path, stableJson(previousRuns.length > 0 ? { ...manifest, previousRuns } : manifest))
}

async function earlierRuns(path: string): Promise<readonly unknown[]> {
  const text = await readFile(path, 'utf8').catch((error: unknown) => {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined
    throw error
  })
  if (text === undefined) return []
  const { previousRuns, ...latest } = parseDump(text, path)
  return [...(Array.isArray(previousRuns) ? previousRuns : []), latest]
}

function parseDump(text: string, path: string): Meta {
  try {
    const value: unknown = JSON.parse(text)
    if (isRecord(value) && value['schemaVersion'] === 1 && 'firstCall' in value) return value
  } catch {
    // Told below, as any other file that is no dump's.
  }
  throw new I2iError('DUMP_FAILED', `${path} belongs to something else than a dump; choose another folder`)
}

/** Entry first; paths are relative to the dump. */
async function writeModel(dir: string, { format, entry, files }: ModelBytes): Promise<string[]> {
  const lone = format === 'onnx' && files.size === 1
  const written: string[] = []
  for (const [path, bytes] of files) {
    const file = lone ? 'model.onnx' : join('model', ...safeSegments(path))
    await mkdir(dirname(join(dir, file)), { recursive: true })
    await replaceFile(join(dir, file), bytes)
    if (path === entry) written.unshift(file)
    else written.push(file)
  }
  return written
}

// Paths come from a manifest: they must not lead out of the dump, and the files must still find each other.
function safeSegments(path: string): string[] {
  const segments = path.split(/[\\/]/).filter((segment) => segment !== '' && segment !== '.')
  const safe = segments.every((segment) => segment !== '..' && !segment.includes(':'))
  return safe && segments.length > 0 ? segments : [escapeName(path)]
}

function isRecord(value: unknown): value is Meta {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function isModelBytes(value: unknown): value is ModelBytes {
  return isRecord(value) && value['files'] instanceof Map
}
