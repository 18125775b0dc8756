export { cacheStorage } from './cache-storage.js'
export {
  type ModelStore,
  type ModelStoreOptions,
  modelStore,
  type StoredFile,
  type StoreRecord,
} from './model-store.js'
export type { RetryOptions } from './patience.js'
export type { ModelStorage } from './storage.js'
export {
  type ModelUpdates,
  type ModelUpdatesOptions,
  modelUpdates,
  type OpenOptions,
  type UpdateCheck,
  type UpdateOptions,
  type UpdateStatus,
} from './updates.js'
