import { type PageCache, web } from '../model-files/host.js'
import type { ModelStorage } from './storage.js'

// Keys of the Cache API are URLs; this one leads nowhere.
const base = 'https://i2i.invalid/'

/**
 * The Cache API of a page or a worker, shared by all pages of an origin. A put is whole or not at all, and pages can write to it in every
 * browser (OPFS: in workers alone, in some). Without it (plain http, some private windows) every method rejects.
 */
export function cacheStorage(name = 'i2i-models'): ModelStorage {
  // Opened each time: one that is held goes on unseen after the user has cleared the site's data.
  const cache = (): Promise<PageCache> => openCache(name)
  return {
    name: "the browser's Cache API",
    async read(key) {
      const response = await (await cache()).match(base + key)
      return response && new Uint8Array(await response.arrayBuffer())
    },
    async write(key, bytes) {
      const own = bytes.buffer instanceof ArrayBuffer ? (bytes as Uint8Array<ArrayBuffer>) : new Uint8Array(bytes)
      await (await cache()).put(base + key, new Response(own))
    },
    async remove(key) {
      await (await cache()).delete(base + key)
    },
    async keys() {
      const requests = await (await cache()).keys()
      return requests
        .map(({ url }) => url)
        .filter((url) => url.startsWith(base))
        .map((url) => url.slice(base.length))
    },
    async room() {
      const { quota, usage = 0 } = (await web.navigator?.storage?.estimate?.()) ?? {}
      return quota === undefined ? undefined : Math.max(0, quota - usage)
    },
  }
}

async function openCache(name: string): Promise<PageCache> {
  const { caches } = web
  if (!caches) throw new Error('there is none here: browsers withhold it from pages of plain http')
  return await caches.open(name)
}
