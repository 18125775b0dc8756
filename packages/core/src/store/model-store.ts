import { I2iError, isI2iError } from '@i2i/color'
import { abortable } from '../abort.js'
import { fetchStream } from '../model-files/fetch-stream.js'
import { nodeModule } from '../model-files/host.js'
import { isHttp, locate } from '../model-files/location.js'
import { readLocation } from '../model-files/read.js'
import type { ModelFileOptions, ModelFiles } from '../ports.js'
import { type SerialQueue, serialQueue } from '../queue.js'
import { cacheStorage } from './cache-storage.js'
import { download, type PartialFile } from './download.js'
import { coverage, entriesOf, readAbout, recordPrefix } from './entries.js'
import { removeEntry } from './evict.js'
import { Keeper } from './keeper.js'
import type { RetryOptions } from './patience.js'
import { type ModelStorage, readJson, writeJson } from './storage.js'

/** Where a store keeps its files, how much of them, and how it fetches them. */
export interface ModelStoreOptions extends RetryOptions {
  /** Default: the Cache API of the page; in Node pass diskStorage(dir) of `@i2i/core/node`. */
  storage?: ModelStorage
  /** Bytes of model files kept; the least recently used go first. Default 1 GiB. */
  maxBytes?: number
  /** Sent with every request, for servers that want credentials. */
  headers?: Readonly<Record<string, string>>
  /** Milliseconds of silence after which a connection is given up; default 30,000. */
  idleMs?: number
}

/** A file of a store. */
export interface StoredFile {
  readonly sha256: string
  readonly url: string
  /** Of the whole file. */
  readonly bytes: number
  /** How many of them are there. */
  readonly stored: number
  readonly used: Date
}

/** A note of a store: JSON, and the hashes of files that must not be evicted for it. */
export interface StoreRecord {
  readonly keeps: readonly string[]
  readonly [key: string]: unknown
}

/** Model files that are kept once they were fetched, by their sha256; pass it to load() as `files`. */
export interface ModelStore extends ModelFiles {
  /** Where it keeps them. */
  readonly storage: ModelStorage
  /** Whether a file is there whole. It is checked against its hash when it is used. */
  has(file: { readonly sha256: string; readonly bytes: number }): Promise<boolean>
  /** What is there, downloads that have not come to their end as well. */
  list(): Promise<StoredFile[]>
  /** Drops a file. */
  remove(sha256: string): Promise<void>
  /** A note that is kept beside the files, by a name of [a-z0-9.-]; undefined where there is none. */
  readRecord(name: string): Promise<unknown>
  /** Replaces a note at once, or not at all. @throws what the storage throws */
  writeRecord(name: string, record: StoreRecord): Promise<void>
}

/**
 * Keeps model files by their hash, so that none is fetched twice. Downloads go on where they broke off, over restarts too. Where nothing
 * can be kept (no room, private windows, plain http) files are fetched all the same, and load() says so in `decisions`.
 * @throws OPTION_INVALID in Node without a storage
 */
export function modelStore(options: ModelStoreOptions = {}): ModelStore {
  const { storage, maxBytes = 2 ** 30 } = options
  if (!storage && nodeModule('node:fs')) {
    const message = 'modelStore() in Node needs a place: pass storage: diskStorage(dir) of @i2i/core/node'
    throw new I2iError('OPTION_INVALID', message)
  }
  if (!(maxBytes > 0)) throw new I2iError('OPTION_INVALID', `maxBytes is ${maxBytes}; it must be above 0`)
  return new FileStore(storage ?? cacheStorage(), { ...options, maxBytes })
}

/** A store that keeps nothing: what is left of it is how it downloads. */
export function unkept(): ModelFiles {
  return new FileStore(nowhere, { maxBytes: Number.POSITIVE_INFINITY })
}

const nowhere: ModelStorage = {
  name: 'nowhere',
  read: async () => undefined,
  write: async () => undefined,
  remove: async () => undefined,
  keys: async () => [],
}

type Expected = NonNullable<ModelFileOptions['expected']>

class FileStore implements ModelStore {
  readonly storage: ModelStorage
  readonly #options: ModelStoreOptions & { readonly maxBytes: number }
  readonly #queues = new Map<string, SerialQueue>()
  readonly #busy = new Set<string>()
  /** Files that came with wrong bytes: the browser's own cache may hold them. */
  readonly #distrusted = new Set<string>()

  constructor(storage: ModelStorage, options: ModelStoreOptions & { readonly maxBytes: number }) {
    this.storage = storage
    this.#options = options
  }

  async read(path: string, options: ModelFileOptions = {}): Promise<Uint8Array> {
    const { url = path, expected, signal } = options
    const location = locate(url)
    if (location.kind === 'path') return await readLocation(location, 'model file', options)
    if (!expected || !isHttp(location))
      return await abortable(fetchStream(location.href, 'model file', options), signal)
    // One after the other: whoever comes second finds the file there.
    const queue = this.#queues.get(expected.sha256) ?? serialQueue()
    this.#queues.set(expected.sha256, queue)
    return await queue.run(() => this.#read(location.href, expected, options), signal)
  }

  async forget(path: string, { url = path, expected }: ModelFileOptions = {}): Promise<boolean> {
    if (!expected || !isHttp(locate(url))) return false
    this.#distrusted.add(expected.sha256)
    // A storage that fails has told so already.
    await this.remove(expected.sha256).catch(() => undefined)
    return true
  }

  async has({ sha256, bytes }: Expected): Promise<boolean> {
    return coverage((await entriesOf(this.storage)).get(sha256)?.pieces ?? []).have === bytes
  }

  async list(): Promise<StoredFile[]> {
    const files: StoredFile[] = []
    for (const { sha256, pieces } of (await entriesOf(this.storage)).values()) {
      const { url = '', bytes = 0, used = 0 } = (await readAbout(this.storage, sha256)) ?? {}
      files.push({ sha256, url, bytes, stored: coverage(pieces).have, used: new Date(used) })
    }
    return files
  }

  async remove(sha256: string): Promise<void> {
    await removeEntry(this.storage, sha256)
  }

  async readRecord(name: string): Promise<unknown> {
    return await readJson(this.storage, recordPrefix + name)
  }

  async writeRecord(name: string, record: StoreRecord): Promise<void> {
    await writeJson(this.storage, recordPrefix + name, record)
  }

  async #read(url: string, { sha256, bytes }: Expected, options: ModelFileOptions): Promise<Uint8Array> {
    const { onProgress, onNotice } = options
    const whole = room(bytes, url)
    const evict = { maxBytes: this.#options.maxBytes, busy: this.#busy }
    const keeper = new Keeper(this.storage, sha256, evict, (reason) => onNotice?.(reason))
    this.#busy.add(sha256)
    try {
      const { have, validator } = await keeper.load(url, whole)
      onProgress?.(have, bytes)
      const part: PartialFile = {
        bytes: whole,
        have,
        validator,
        grown: async () => {
          onProgress?.(part.have, bytes)
          await keeper.grown(whole, part.have)
        },
        identified: () => keeper.note(part.validator, bytes),
        restarted: () => keeper.drop(),
      }
      if (have < bytes) await this.#fetch(url, part, keeper, options)
      else await keeper.note(validator, bytes)
      return whole
    } finally {
      this.#busy.delete(sha256)
    }
  }

  async #fetch(url: string, part: PartialFile, keeper: Keeper, { signal, expected }: ModelFileOptions): Promise<void> {
    const { headers = {}, ...patience } = this.#options
    const reload = this.#distrusted.has(expected?.sha256 ?? '')
    await keeper.begin(part.bytes)
    try {
      await download(url, part, { ...patience, headers, signal, reload })
    } catch (error) {
      // What came goes on from here next time; of a file of the wrong size nothing is worth keeping.
      if (isI2iError(error, 'MODEL_INTEGRITY')) await keeper.drop()
      else await keeper.grown(part.bytes, part.have, true)
      throw error
    }
  }
}

/** Memory for a file. @throws OUT_OF_MEMORY */
function room(bytes: number, url: string): Uint8Array {
  try {
    return new Uint8Array(bytes)
  } catch (cause) {
    throw new I2iError('OUT_OF_MEMORY', `no memory for the ${bytes} bytes of ${url}`, {
      details: { bytes, url },
      cause,
    })
  }
}
