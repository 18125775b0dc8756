import { type ModelManifest, parseManifest, parseManifestText } from './manifest.js'
import { folderOf, type Location, locate, locateFolder } from './model-files/location.js'
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

/** Where a manifest's files lie, as in LoadOptions. */
export interface OpenOptions {
  baseUrl?: string | URL | undefined
  files?: ModelFiles | undefined
  store?: boolean | undefined
  signal?: AbortSignal | undefined
}

/**
 * Reads and checks a manifest. Its files lie beside it unless `baseUrl` or `files` says otherwise; an object's paths start at `baseUrl`,
 * else at the page or the working directory.
 * @throws MANIFEST_INVALID, MODEL_UNAVAILABLE, OPTION_INVALID; an abort rejects with signal.reason
 */
export async function openManifest(
  source: string | URL | ModelManifest,
  options: OpenOptions = {},
): Promise<OpenedManifest> {
  const { baseUrl, signal } = options
  signal?.throwIfAborted()
  if (typeof source !== 'string' && !(source instanceof URL)) {
    const manifest = parseManifest(source)
    return { manifest, files: lazyFiles(() => locateFolder(baseUrl ?? './'), options) }
  }
  const location = locate(source)
  const bytes = await readLocation(location, 'model manifest', { signal })
  const manifest = parseManifestText(new TextDecoder().decode(bytes), location.href)
  const folder = (): Location => (baseUrl === undefined ? folderOf(location) : locateFolder(baseUrl))
  return { manifest, files: lazyFiles(folder, options), origin: location.href }
}

/** Reading model files is the larger half of this, and comes in with the first file. */
function lazyFiles(folder: () => Location, options: OpenOptions): ModelFiles {
  const files = async (): Promise<ModelFiles> => {
    const { filesOf } = await import('./model-files/read-model.js')
    return filesOf(folder, options)
  }
  return {
    read: async (path, options) => await (await files()).read(path, options),
    forget: async (path, options) => (await (await files()).forget?.(path, options)) ?? false,
  }
}
