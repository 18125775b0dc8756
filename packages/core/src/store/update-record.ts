import * as v from 'valibot'
import { sha256Of } from '../model-files/verify.js'
import { manifestOf, type Release } from './manifest-source.js'
import type { ModelStore } from './model-store.js'

/** What is known of a model that is kept up to date. */
export interface UpdateState {
  /** The one in use, which has passed. */
  readonly current?: Release
  /** The one before, to go back to. */
  readonly previous?: Release
  /** The one that is on its way. */
  readonly next?: Release
  /** The newest that the server was seen to offer. */
  readonly latest?: Release
  /** Releases that did not run here, or that were taken back. */
  readonly refused: readonly Refusal[]
}

/** A release that is not offered again, and why. */
export interface Refusal {
  readonly digest: string
  readonly version: string
  readonly reason: string
}

// A list of what went wrong must not grow for ever.
const mostRefusals = 16

/** The state of one model, kept in the store: a write is the swap. */
export class UpdateRecord {
  readonly #store: ModelStore
  readonly #url: string
  /** What could not be kept holds until the program ends. */
  #unkept: UpdateState | undefined

  constructor(store: ModelStore, url: string) {
    this.#store = store
    this.#url = url
  }

  /** The state; read anew each time, since other pages and processes may have moved on. */
  async read(): Promise<UpdateState> {
    return this.#unkept ?? (await this.#kept())
  }

  /** Changes the state at once, or not at all. With `keep` false, or where the store cannot, the change is gone with the program. */
  async change(
    change: (state: UpdateState) => { [K in keyof UpdateState]?: UpdateState[K] | undefined },
    keep = true,
  ): Promise<void> {
    const before = await this.read()
    const state = tidy({ ...before, ...change(before) })
    this.#unkept = state
    if (keep && (await this.#write(state))) this.#unkept = undefined
  }

  async #kept(): Promise<UpdateState> {
    return parseState(await this.#store.readRecord(await this.#name()).catch(() => undefined)) ?? { refused: [] }
  }

  /** URLs can be longer than the names of files. */
  async #name(): Promise<string> {
    return await sha256Of(new TextEncoder().encode(this.#url), `the state of ${this.#url}`)
  }

  async #write(state: UpdateState): Promise<boolean> {
    const { current, previous, next } = state
    const keeps = [current, previous, next].flatMap((release) => (release ? filesOf(release) : []))
    try {
      await this.#store.writeRecord(await this.#name(), { schemaVersion: 1, keeps: [...new Set(keeps)], ...state })
      return true
    } catch {
      // Load says in its decisions that nothing can be kept; here it would be said twice.
      return false
    }
  }
}

function tidy(state: { [K in keyof UpdateState]?: UpdateState[K] | undefined }): UpdateState {
  const { current, previous, next, latest, refused = [] } = state
  return {
    ...(current && { current }),
    ...(previous && { previous }),
    ...(next && { next }),
    ...(latest && { latest }),
    refused: refused.slice(-mostRefusals),
  }
}

function filesOf(release: Release): string[] {
  return manifestOf(release).variants.flatMap(({ files }) => files.map(({ sha256 }) => sha256))
}

const release: v.GenericSchema<Release> = v.pipe(
  v.object({
    digest: v.string(),
    version: v.string(),
    text: v.string(),
    url: v.string(),
    etag: v.exactOptional(v.string()),
  }),
  // Kept by another version of this package, it may not be what this one reads.
  v.check((kept) => {
    try {
      return manifestOf(kept) !== undefined
    } catch {
      return false
    }
  }),
)

function parseState(value: unknown): UpdateState | undefined {
  const refusal = v.object({ digest: v.string(), version: v.string(), reason: v.string() })
  const kept = v.exactOptional(release)
  const schema = v.object({
    schemaVersion: v.literal(1),
    current: kept,
    previous: kept,
    next: kept,
    latest: kept,
    refused: v.array(refusal),
  })
  const result = v.safeParse(schema, value)
  if (!result.success) return undefined
  const { schemaVersion: _, ...state } = result.output
  return state
}
