import { aboutKey, coverage, entriesOf, pieceKey, readAbout } from './entries.js'
import { type EvictOptions, evictOne, makeRoom, removeEntry } from './evict.js'
import type { Validator } from './range.js'
import { isFull, type ModelStorage, writeJson } from './storage.js'

// Large enough to be few, small enough that a page that is closed loses little; slow lines keep smaller ones.
const mostBytes = 1 << 22
const leastBytes = 1 << 18
const longestMs = 1000

/**
 * Keeps one file in the storage while it is fetched. Whatever the storage cannot do is told once and then left: reading a model never
 * fails for want of a place to keep it.
 */
export class Keeper {
  readonly #storage: ModelStorage
  readonly #sha256: string
  readonly #evict: EvictOptions
  readonly #notice: (reason: string) => void
  #flushed = 0
  #flushedAt = 0
  #url = ''
  #gaveUp = false

  constructor(storage: ModelStorage, sha256: string, evict: EvictOptions, notice: (reason: string) => void) {
    this.#storage = storage
    this.#sha256 = sha256
    this.#evict = evict
    this.#notice = notice
  }

  /** Copies what is there to the start of `into`; returns how much that was, and the version that it was of. */
  async load(url: string, into: Uint8Array): Promise<{ have: number; validator: Validator }> {
    this.#url = url
    let have = 0
    let validator: Validator = {}
    await this.#try(async (storage) => {
      const { pieces = [] } = (await entriesOf(storage)).get(this.#sha256) ?? {}
      for (const { key, offset, length } of coverage(pieces).chain) {
        const bytes = await storage.read(key)
        // Damaged, or removed meanwhile: the rest is fetched.
        if (bytes?.length !== length || offset + length > into.length) {
          await storage.remove(key)
          break
        }
        into.set(bytes, offset)
        have = offset + length
      }
      if (have === 0) return
      const about = await readAbout(storage, this.#sha256)
      if (about?.url === url) validator = about
    })
    this.#flushed = have
    this.#flushedAt = Date.now()
    return { have, validator }
  }

  /** Finds room for the rest of the file. */
  async begin(bytes: Uint8Array): Promise<void> {
    await this.#try(async (storage) => {
      const obstacle = await makeRoom(storage, bytes.length - this.#flushed, this.#evict)
      if (obstacle) this.#giveUp(obstacle)
    })
  }

  /** Notes the version, and that the file was used now. */
  async note({ etag, modified }: Validator, bytes: number): Promise<void> {
    const validator = { ...(etag && { etag }), ...(modified && { modified }) }
    const about = { url: this.#url, bytes, used: Date.now(), ...validator }
    await this.#write((storage) => writeJson(storage, aboutKey(this.#sha256), about))
  }

  /** Keeps bytes[.., have) when enough has come, or all of it when that is the last. */
  async grown(bytes: Uint8Array, have: number, last: boolean = have === bytes.length): Promise<void> {
    const length = have - this.#flushed
    const due = length >= mostBytes || (length >= leastBytes && Date.now() - this.#flushedAt > longestMs)
    if (length === 0 || !(due || last)) return
    const piece = bytes.subarray(this.#flushed, have)
    const key = pieceKey(this.#sha256, this.#flushed, length)
    await this.#write((storage) => storage.write(key, piece))
    this.#flushed = have
    this.#flushedAt = Date.now()
  }

  /** Drops what was kept. */
  async drop(): Promise<void> {
    this.#flushed = 0
    await this.#try((storage) => removeEntry(storage, this.#sha256))
  }

  async #write(work: (storage: ModelStorage) => Promise<void>): Promise<void> {
    await this.#try(async (storage) => {
      for (;;) {
        try {
          return await work(storage)
        } catch (error) {
          if (!isFull(error) || !(await evictOne(storage, this.#evict))) throw error
        }
      }
    })
  }

  async #try(work: (storage: ModelStorage) => Promise<void>): Promise<void> {
    if (this.#gaveUp) return
    try {
      await work(this.#storage)
    } catch (error) {
      this.#giveUp(`${this.#storage.name} failed (${error instanceof Error ? error.message : String(error)})`)
      // What is there of it would only take room; a storage that fails may fail at this too.
      if (isFull(error)) await removeEntry(this.#storage, this.#sha256).catch(() => undefined)
    }
  }

  #giveUp(reason: string): void {
    this.#gaveUp = true
    this.#notice(`the model is not kept for next time: ${reason}`)
  }
}
