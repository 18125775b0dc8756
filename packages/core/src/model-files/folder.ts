import type { ModelFileOptions, ModelFiles } from '../ports.js'
import { unkept } from '../store/model-store.js'
import { pageStore } from '../store/page-store.js'
import { web } from './host.js'
import { type Location, locateIn } from './location.js'

/**
 * Files that lie in a folder unless the caller has his own, who is told where each would lie. In a page they go through its store. The
 * folder is not looked for before a file is.
 */
export function filesOf(
  folder: () => Location,
  { files, store = true }: { files?: ModelFiles | undefined; store?: boolean | undefined },
): ModelFiles {
  const reader = files ?? (store && web.caches ? pageStore() : unkept())
  const placed = (path: string, options: ModelFileOptions = {}): ModelFileOptions => {
    try {
      return { ...options, url: locateIn(folder(), path).href }
    } catch (error) {
      // The caller's files may have a place of their own, and need none.
      if (files) return options
      throw error
    }
  }
  return {
    read: async (path, options) => await reader.read(path, placed(path, options)),
    forget: async (path, options) => (await reader.forget?.(path, placed(path, options))) ?? false,
  }
}
