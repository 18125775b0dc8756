import { mkdir, readFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { modelFiles, previousRuns, runText } from '../dump-files/run-json.js'
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
  const earlier = await earlierText(path)
  // Before anything is written: the folder may be something else's.
  const previous = previousRuns(earlier, path)
  const model = includeModel ? await modelFiles(run) : []
  for (const [file, bytes] of model) {
    await mkdir(dirname(join(dir, file)), { recursive: true })
    await replaceFile(join(dir, file), bytes)
  }
  const host = { node: process.version, platform: process.platform, arch: process.arch }
  await replaceFile(path, runText({ run, host, firstCall, model, previous }))
}

async function earlierText(path: string): Promise<string | undefined> {
  return await readFile(path, 'utf8').catch((error: unknown) => {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined
    throw error
  })
}
