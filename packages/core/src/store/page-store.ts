import { cacheStorage } from './cache-storage.js'
import { type ModelStore, modelStore } from './model-store.js'

let store: ModelStore | undefined

/** The store of a page or a worker, which load() uses unless told otherwise; one, so that two loads of a model fetch it once. */
export function pageStore(): ModelStore {
  store ??= modelStore({ storage: cacheStorage() })
  return store
}
