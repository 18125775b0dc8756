/** A module of Node's, where this is Node (or speaks like it); never imported, so that bundlers for the web see nothing. */
export function nodeModule<K extends keyof BuiltinModules>(id: K): BuiltinModules[K] | undefined {
  return typeof process === 'undefined' ? undefined : process.getBuiltinModule?.(id)
}

interface BuiltinModules {
  'node:fs': typeof import('node:fs')
  'node:path': typeof import('node:path')
  'node:url': typeof import('node:url')
  'node:worker_threads': typeof import('node:worker_threads')
}

/** What a page or a worker has of the web. Structural, because the types of the DOM are not assumed. */
export const web: {
  readonly document?: { readonly baseURI?: string }
  readonly location?: { readonly href?: string }
  readonly navigator?: { readonly onLine?: boolean }
} = globalThis as object
