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
  readonly navigator?: {
    readonly onLine?: boolean
    readonly storage?: { estimate?(): Promise<{ readonly quota?: number; readonly usage?: number }> }
  }
  readonly caches?: { open(name: string): Promise<PageCache> }
} = globalThis as object

/** The part of the Cache API's Cache that a store of models is built on. */
export interface PageCache {
  match(url: string): Promise<Response | undefined>
  put(url: string, response: Response): Promise<void>
  delete(url: string): Promise<boolean>
  keys(): Promise<readonly { readonly url: string }[]>
}
