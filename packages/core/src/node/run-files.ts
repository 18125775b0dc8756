import { mkdir, readFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { I2iError } from '@i2i/color'
import { stableJson } from '../dump-files/json.js'
import { modelFiles, runManifest } from '../dump-files/run-json.js'
import { replaceFile } from './files.js'

type Meta = Readonly<Record<string, unknown>>

/**
 * Writes manifest.json for a run, keeping what earlier runs said as `previousRuns`, and the model's files when asked.
 * @throws DUMP_FAILED when a manifest.json is there that is no dump's
 */
export async function writeRun(
  dir: string,
  run: Meta,
  { firstCall, includeModel }: { readonly firstCall: number; readonly includeModel: boolean },
): Promise<void> {
  const path = join(dir, 'manifest.json')
  const previousRuns = await earlierRuns(path)
  const model = includeModel ? await modelFiles(run) : []
  for (const [file, bytes] of model) {
    await mkdir(dirname(join(dir, file)), { recursive: true })
    await replaceFile(join(dir, file), bytes)
  }
  const host = { node: process.version, platform: process.platform, arch: process.arch }
  const manifest = {
    ...runManifest(run, host, firstCall),
    ...(model.length > 0 && { modelFiles: model.map(([file]) => file) }),
    ...(previousRuns.length > 0 && { previousRuns }),
  }
  await replaceFile(path, stableJson(manifest))
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

function isRecord(value: unknown): value is Meta {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
