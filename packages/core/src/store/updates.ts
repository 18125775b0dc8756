import { I2iError, isI2iError } from '@i2i/color'
import { load } from '../load.js'
import type { ModelManifest } from '../manifest.js'
import { isHttp, locate } from '../model-files/location.js'
import { checkKeys, loadKeys } from '../options.js'
import { serialQueue } from '../queue.js'
import type { LoadOptions, Translator } from '../types.js'
import { fetchRelease, manifestOf, type Release } from './manifest-source.js'
import type { ModelStore } from './model-store.js'
import { type Refusal, UpdateRecord, type UpdateState } from './update-record.js'

type Loading = Omit<LoadOptions, 'files' | 'store' | 'baseUrl'>

/** Which model is kept up to date, where, and what load() is told to open it. */
export interface ModelUpdatesOptions extends Partial<Omit<Loading, 'signal' | 'onProgress'>> {
  /** The URL whose manifest names the newest version; its files lie beside it. */
  manifest: string | URL
  /** Keeps the files, and what is known of versions. */
  store: ModelStore
  /** Sent when the manifest is asked for; default none. */
  headers?: Readonly<Record<string, string>>
  /** Opens a release; default load(). For a worker: `(manifest, options) => loadInWorker(worker, manifest, options)`. */
  load?(manifest: ModelManifest, options: OpenOptions): Promise<Translator>
}

/** What a release is opened with: the options given, the store as `files`, and where its files lie. */
export interface OpenOptions extends Partial<Loading> {
  files: ModelStore
  baseUrl: string
}

/** What one call is told besides; any option of load() replaces that of modelUpdates(). */
export interface UpdateOptions extends Partial<Loading> {
  /** Tries a release again that was refused before; default false. */
  retry?: boolean
}

/** What the server offers. */
export interface UpdateCheck {
  /** Whether update() would fetch something. */
  readonly available: boolean
  /** The version that the server offers. */
  readonly version: string
  /** The version in use; absent before the first. */
  readonly current?: string
  /** Why the server's release is not taken: it did not run here, or was taken back. */
  readonly refused?: string
}

/** Versions, as they stand in the store. */
export interface UpdateStatus {
  readonly current?: string
  readonly previous?: string
  readonly refused: readonly { readonly version: string; readonly reason: string }[]
}

/** A model that is kept up to date. Calls may overlap; they run one after the other. Translators are the caller's to dispose. */
export interface ModelUpdates {
  /**
   * Opens the model in use, without the network where its files are kept; the newest where there is none yet. Where it cannot be opened,
   * the one before is. @throws as load()
   */
  current(options?: UpdateOptions): Promise<Translator>
  /** Asks the server, by ETag, for its newest release. @throws MODEL_UNAVAILABLE (offline, too), MANIFEST_INVALID */
  check(options?: { signal?: AbortSignal }): Promise<UpdateCheck>
  /**
   * Fetches the newest release, verifies and opens it, has it pass its canary, and only then makes it the one in use. Returns it, opened;
   * undefined where there is nothing new. After any failure the one in use is what it was.
   * @throws as load(); an abort rejects with signal.reason
   */
  update(options?: UpdateOptions): Promise<Translator | undefined>
  /** Opens the release before and makes it the one in use; the other is not offered again. @throws OPTION_INVALID where there is none */
  rollback(options?: UpdateOptions): Promise<Translator>
  status(): Promise<UpdateStatus>
}

/**
 * Keeps a model up to date over the air: see docs/model-updates.md.
 * @throws OPTION_INVALID
 */
export function modelUpdates(options: ModelUpdatesOptions): ModelUpdates {
  checkKeys('modelUpdates()', options, ['manifest', 'headers', 'load', ...loadKeys])
  const location = locate(options.manifest)
  if (isHttp(location) && options.store) return new Updates(location.href, options)
  throw new I2iError(
    'OPTION_INVALID',
    `modelUpdates() needs a store and the http(s) URL of a manifest; got ${location.href}`,
  )
}

class Updates implements ModelUpdates {
  readonly #url: string
  readonly #options: ModelUpdatesOptions
  readonly #record: UpdateRecord
  readonly #queue = serialQueue()

  constructor(url: string, options: ModelUpdatesOptions) {
    this.#url = url
    this.#options = options
    this.#record = new UpdateRecord(options.store, url)
  }

  async current(options: UpdateOptions = {}): Promise<Translator> {
    return await this.#queue.run(async () => {
      const state = await this.#record.read()
      if (!state.current) return await this.#take(await this.#newest(options.signal), options)
      try {
        return await this.#open(state.current, options)
      } catch (error) {
        options.signal?.throwIfAborted()
        return await this.#openPrevious(state, error, options)
      }
    }, options.signal)
  }

  async check({ signal }: { signal?: AbortSignal } = {}): Promise<UpdateCheck> {
    return await this.#queue.run(async () => {
      const { digest, version } = await this.#newest(signal)
      const { current, refused } = await this.#record.read()
      const reason = refused.find((refusal) => refusal.digest === digest)?.reason
      return {
        available: digest !== current?.digest && reason === undefined,
        version,
        ...(current && { current: current.version }),
        ...(reason !== undefined && { refused: reason }),
      }
    }, signal)
  }

  async update(options: UpdateOptions = {}): Promise<Translator | undefined> {
    return await this.#queue.run(async () => {
      const release = await this.#newest(options.signal)
      const { current, refused } = await this.#record.read()
      const unwanted = !options.retry && refused.some(({ digest }) => digest === release.digest)
      return release.digest === current?.digest || unwanted ? undefined : await this.#take(release, options)
    }, options.signal)
  }

  async rollback(options: UpdateOptions = {}): Promise<Translator> {
    return await this.#queue.run(async () => {
      const { current, previous } = await this.#record.read()
      if (!current || !previous) {
        const message = `there is no release before ${current?.version ?? 'the first'} of ${this.#url} to go back to`
        throw new I2iError('OPTION_INVALID', message)
      }
      const translator = await this.#open(previous, options)
      await this.#goBack(current, previous, 'taken back by rollback()')
      return translator
    }, options.signal)
  }

  async status(): Promise<UpdateStatus> {
    const { current, previous, refused } = await this.#record.read()
    return {
      ...(current && { current: current.version }),
      ...(previous && { previous: previous.version }),
      refused: refused.map(({ version, reason }) => ({ version, reason })),
    }
  }

  async #newest(signal: AbortSignal | undefined): Promise<Release> {
    const { latest, current } = await this.#record.read()
    const release = await fetchRelease(this.#url, latest, this.#options.headers ?? {}, signal)
    const id = current && manifestOf(current).id
    const offered = manifestOf(release).id
    if (id !== undefined && offered !== id) {
      throw new I2iError(
        'MANIFEST_INVALID',
        `model manifest ${this.#url} is of model "${offered}", and the one in use is "${id}"; give another model an URL of its own`,
      )
    }
    if (release !== latest) await this.#record.change(() => ({ latest: release }))
    return release
  }

  /** Fetches, opens and tries a release; it becomes the one in use in the last step. */
  async #take(release: Release, options: UpdateOptions): Promise<Translator> {
    // Named first, so that its files are not evicted while they come.
    await this.#record.change(() => ({ next: release }))
    const translator = await this.#open(release, options).catch(async (error: unknown) => {
      const refusal = !options.signal?.aborted && unfit(error) ? [refusalOf(release, error)] : []
      await this.#record.change(({ refused }) => ({ next: undefined, refused: [...refused, ...refusal] }))
      throw error
    })
    const kept = await this.#isKept(release, translator.variant)
    if (!kept) await this.#record.change(() => ({ next: undefined }))
    await this.#record.change(({ current, previous, refused }) => {
      // Another page may have been faster with the same.
      const before = current?.digest === release.digest ? previous : current
      const others = refused.filter(({ digest }) => digest !== release.digest)
      return { current: release, previous: before, next: undefined, refused: others }
    }, kept)
    return translator
  }

  async #open(release: Release, options: UpdateOptions): Promise<Translator> {
    const { manifest: _, headers: __, store, load: open = loadHere, ...usual } = this.#options
    const { retry: ___, ...given } = options
    const manifest = manifestOf(release)
    const translator = await open(manifest, { ...usual, ...given, files: store, baseUrl: release.url })
    try {
      // load() has it pass its canary; without one it must at least run.
      const canary = manifest.variants.find(({ id }) => id === translator.variant)?.canary
      if (!canary) await translator.warmUp()
      options.signal?.throwIfAborted()
      return translator
    } catch (error) {
      await translator.dispose().catch(() => undefined)
      throw error
    }
  }

  async #openPrevious({ current, previous }: UpdateState, error: unknown, options: UpdateOptions): Promise<Translator> {
    if (!current || !previous) throw error
    const translator = await this.#open(previous, options).catch(() => {
      throw error
    })
    // Files that cannot be had now may be there again later; a model that does not run here will not run later.
    if (unfit(error)) await this.#goBack(current, previous, messageOf(error))
    return translator
  }

  async #goBack(from: Release, to: Release, reason: string): Promise<void> {
    const refusal = { digest: from.digest, version: from.version, reason }
    await this.#record.change(({ refused }) => ({ current: to, previous: undefined, refused: [...refused, refusal] }))
  }

  async #isKept(release: Release, variantId: string): Promise<boolean> {
    const { store } = this.#options
    const variant = manifestOf(release).variants.find(({ id }) => id === variantId)
    for (const file of variant?.files ?? []) if (!(await store.has(file).catch(() => false))) return false
    return true
  }
}

async function loadHere(manifest: ModelManifest, { backend = [], ...options }: OpenOptions): Promise<Translator> {
  return await load(manifest, { ...options, backend })
}

/** Whether a release was fetched whole and then did not do: no other try would end otherwise. */
function unfit(error: unknown): boolean {
  return ['BACKEND_UNAVAILABLE', 'MODEL_UNSUPPORTED', 'SHAPE_MISMATCH'].some((code) => {
    return isI2iError(error) && error.code === code
  })
}

function refusalOf({ digest, version }: Release, error: unknown): Refusal {
  return { digest, version, reason: messageOf(error) }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
