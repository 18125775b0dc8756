import { I2iError, isI2iError } from '@i2i/color'
import type { ModelManifest } from '../manifest.js'
import type { ImageForms, ImageSource, Translation } from '../types.js'
import { loadInWorker, type WorkerLoadOptions } from './load-in-worker.js'
import type { WorkerTranslateOptions, WorkerTranslator } from './remote-translator.js'
import type { WorkerLike } from './thread.js'

/** What workerPool() is told besides the manifest; onProgress hears of the first worker alone. */
export type WorkerPoolOptions = Omit<WorkerLoadOptions, 'dump'>

/** Workers that share the pictures of a batch; each has the model in memory. A worker that dies costs the call it was at, and is replaced. */
export interface WorkerPool extends AsyncDisposable {
  readonly size: number
  /** By whichever worker is free first. @throws as WorkerTranslator's */
  translate<A extends keyof ImageForms = 'RawImage'>(
    source: ImageSource,
    options?: WorkerTranslateOptions<A>,
  ): Promise<Translation<A>>
  /**
   * Every result in the order of the sources, failed ones too, as Promise.allSettled() has them. Sources are taken as workers become free,
   * two for each at most; leaving the loop aborts what is under way.
   */
  translateAll<A extends keyof ImageForms = 'RawImage'>(
    sources: Iterable<ImageSource> | AsyncIterable<ImageSource>,
    options?: WorkerTranslateOptions<A>,
  ): AsyncGenerator<PromiseSettledResult<Translation<A>>, void, undefined>
  /** Waits for the calls under way, refuses those that wait with DISPOSED, ends the workers; harmless when repeated. */
  dispose(): Promise<void>
}

/** `size` workers, each made by `make`, that hold the same model. @throws as loadInWorker(); what was opened by then is ended */
export async function workerPool(
  size: number,
  make: () => WorkerLike,
  manifest: string | URL | ModelManifest,
  options: WorkerPoolOptions = {},
): Promise<WorkerPool> {
  if (!Number.isInteger(size) || size < 1) {
    throw new I2iError('OPTION_INVALID', `size is ${size}; give the number of workers, 1 or more`, {
      details: { size },
    })
  }
  if ('dump' in options) {
    throw new I2iError('OPTION_INVALID', 'a pool takes no dump: calls would be mixed; dump with loadInWorker()')
  }
  // The signal and the progress are about loading: a worker that replaces another comes later.
  const { onProgress, signal, ...rest } = options
  const pool = new Pool(size, () => loadInWorker(make, manifest, rest))
  const others = { ...rest, ...(signal && { signal }) }
  try {
    await pool.fill((index) => loadInWorker(make, manifest, index === 0 ? options : others))
    return pool
  } catch (error) {
    await pool.dispose()
    throw error
  }
}

/** Somebody who waits for a worker: gets one, or tries again. */
interface Waiting {
  take(worker: WorkerTranslator | undefined): void
  refuse(reason: unknown): void
}

class Pool implements WorkerPool {
  readonly size: number
  readonly #open: () => Promise<WorkerTranslator>
  readonly #workers = new Set<WorkerTranslator>()
  readonly #idle: WorkerTranslator[] = []
  readonly #waiting: Waiting[] = []
  /** Workers that are there or on their way. */
  #count = 0
  #disposed: Promise<void> | undefined

  constructor(size: number, open: () => Promise<WorkerTranslator>) {
    this.size = size
    this.#open = open
  }

  /** All workers at once. */
  async fill(open: (index: number) => Promise<WorkerTranslator>): Promise<void> {
    const opened = await Promise.allSettled(
      Array.from({ length: this.size }, (_, index) => this.#add(() => open(index))),
    )
    for (const result of opened) {
      if (result.status === 'fulfilled') this.#idle.push(result.value)
      else throw result.reason
    }
  }

  async translate<A extends keyof ImageForms = 'RawImage'>(
    source: ImageSource,
    options: WorkerTranslateOptions<A> = {},
  ): Promise<Translation<A>> {
    const worker = await this.#free(options.signal)
    try {
      return await worker.translate(source, options)
    } catch (error) {
      // Of the worker or of its GPU: a new one has both anew.
      if (isI2iError(error, 'DEVICE_LOST')) this.#drop(worker)
      throw error
    } finally {
      if (this.#workers.has(worker)) this.#handOn(worker)
    }
  }

  async *translateAll<A extends keyof ImageForms = 'RawImage'>(
    sources: Iterable<ImageSource> | AsyncIterable<ImageSource>,
    options: WorkerTranslateOptions<A> = {},
  ): AsyncGenerator<PromiseSettledResult<Translation<A>>, void, undefined> {
    const left = new AbortController()
    const signal = options.signal ? AbortSignal.any([options.signal, left.signal]) : left.signal
    const ahead: Promise<PromiseSettledResult<Translation<A>>>[] = []
    try {
      for await (const source of sources) {
        ahead.push(settled(this.translate(source, { ...options, signal })))
        if (ahead.length < 2 * this.size) continue
        const oldest = ahead.shift()
        if (oldest) yield await oldest
      }
      for (let oldest = ahead.shift(); oldest; oldest = ahead.shift()) yield await oldest
    } finally {
      left.abort()
      for (const unread of ahead) void unread.then(free)
    }
  }

  dispose(): Promise<void> {
    this.#disposed ??= this.#end()
    return this.#disposed
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.dispose()
  }

  async #free(signal: AbortSignal | undefined): Promise<WorkerTranslator> {
    for (;;) {
      signal?.throwIfAborted()
      if (this.#disposed) throw gone()
      const idle = this.#idle.pop()
      if (idle) return idle
      if (this.#count < this.size) return await this.#add(this.#open)
      const worker = await this.#wait(signal)
      if (worker) return worker
    }
  }

  #wait(signal: AbortSignal | undefined): Promise<WorkerTranslator | undefined> {
    return new Promise((take, refuse) => {
      const waiting: Waiting = { take, refuse }
      this.#waiting.push(waiting)
      const abort = (): void => {
        const at = this.#waiting.indexOf(waiting)
        if (at >= 0) this.#waiting.splice(at, 1)
        refuse(signal?.reason)
      }
      signal?.addEventListener('abort', abort, { once: true })
      waiting.take = (worker) => {
        signal?.removeEventListener('abort', abort)
        take(worker)
      }
    })
  }

  async #add(open: () => Promise<WorkerTranslator>): Promise<WorkerTranslator> {
    this.#count++
    try {
      const worker = await open()
      this.#workers.add(worker)
      if (!this.#disposed) return worker
      await worker.dispose()
      throw gone()
    } catch (error) {
      this.#count--
      this.#waiting.shift()?.take(undefined)
      throw error
    }
  }

  #handOn(worker: WorkerTranslator): void {
    const next = this.#waiting.shift()
    if (next) next.take(worker)
    else this.#idle.push(worker)
  }

  #drop(worker: WorkerTranslator): void {
    this.#workers.delete(worker)
    this.#count--
    // It is lost: what its end says is no news.
    worker.dispose().catch(() => undefined)
    this.#waiting.shift()?.take(undefined)
  }

  async #end(): Promise<void> {
    for (const { refuse } of this.#waiting.splice(0)) refuse(gone())
    this.#idle.length = 0
    await Promise.all([...this.#workers].map((worker) => worker.dispose()))
  }
}

function gone(): I2iError {
  return new I2iError('DISPOSED', 'the pool was disposed; make another')
}

async function settled<T>(work: Promise<T>): Promise<PromiseSettledResult<T>> {
  const [result] = await Promise.allSettled([work])
  return result
}

function free(result: PromiseSettledResult<Disposable>): void {
  if (result.status === 'fulfilled') result.value[Symbol.dispose]()
}
