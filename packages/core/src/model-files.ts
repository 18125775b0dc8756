import { type ModelManifest, parseManifest, parseManifestText } from './manifest.js'
import { folderOf, type Location, locate, locateFolder, locateIn } from './model-files/location.js'
import type { ReadOptions } from './model-files/options.js'
import { readLocation } from './model-files/read.js'
import type { ModelFiles } from './ports.js'

export { readVerified } from './model-files/verify.js'

/** A checked manifest, and where its files come from. */
export interface OpenedManifest {
  readonly manifest: ModelManifest
  readonly files: ModelFiles
  /** Path or URL of the manifest; undefined for an object. */
  readonly origin?: string
}

/**
 * Reads and checks a manifest. Its files lie beside it unless `baseUrl` or `files` says otherwise; an object's paths start at `baseUrl`,
 * else at the page or the working directory.
 * @throws MANIFEST_INVALID, MODEL_UNAVAILABLE, OPTION_INVALID; an abort rejects with signal.reason
 */
export async function openManifest(
  source: string | URL | ModelManifest,
  options: {
    baseUrl?: string | URL | undefined
    files?: ModelFiles | undefined
    signal?: AbortSignal | undefined
  } = {},
): Promise<OpenedManifest> {
  const { baseUrl, signal } = options
  signal?.throwIfAborted()
  if (typeof source !== 'string' && !(source instanceof URL)) {
    const manifest = parseManifest(source)
    return { manifest, files: options.files ?? filesIn(() => locateFolder(baseUrl ?? './')) }
  }
  const location = locate(source)
  const bytes = await readLocation(location, 'model manifest', { signal })
  const manifest = parseManifestText(new TextDecoder().decode(bytes), location.href)
  const folder = (): Location => (baseUrl === undefined ? folderOf(location) : locateFolder(baseUrl))
  return { manifest, files: options.files ?? filesIn(folder), origin: location.href }
}

/** Files of a folder, by fetch or by the file system; the folder is not looked for before a file is. */
function filesIn(folder: () => Location): ModelFiles {
  return {
    read: async (path, options: ReadOptions = {}) =>
      await readLocation(locateIn(folder(), path), 'model file', options),
  }
}
