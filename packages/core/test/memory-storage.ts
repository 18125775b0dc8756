import type { ModelStorage } from '../src/store/storage.js'

/** A storage in memory that fails as it is told. */
export interface MemoryStorage extends ModelStorage {
  readonly values: Map<string, Uint8Array>
  /** Bytes that fit; beyond them a write fails as a full disk does. */
  capacity: number
  /** Thrown by every method while it is set. */
  broken: Error | undefined
}

export function memoryStorage(capacity: number = Number.POSITIVE_INFINITY): MemoryStorage {
  const check = (): void => {
    if (storage.broken) throw storage.broken
  }
  const stored = (except?: string): number => {
    return [...storage.values].reduce((sum, [key, value]) => (key === except ? sum : sum + value.length), 0)
  }
  const storage: MemoryStorage = {
    name: 'memory',
    values: new Map(),
    capacity,
    broken: undefined,
    async read(key) {
      check()
      return storage.values.get(key)?.slice()
    },
    async write(key, bytes) {
      check()
      if (stored(key) + bytes.length > storage.capacity)
        throw Object.assign(new Error('ENOSPC: no space left on device, write'), { code: 'ENOSPC' })
      storage.values.set(key, bytes.slice())
    },
    async remove(key) {
      check()
      storage.values.delete(key)
    },
    async keys() {
      check()
      return [...storage.values.keys()]
    },
  }
  return storage
}
