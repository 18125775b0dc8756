import { I2iError } from '@i2i/color'
import { abortable } from '../abort.js'
import { state } from '../decisions.js'
import type { ModelManifest } from '../manifest.js'
import type { Device } from '../ports.js'
import { type SerialQueue, serialQueue } from '../queue.js'
import type { Decision, ImageForms, ImageSource, Timings, TranslateOptions, Translation, Translator } from '../types.js'
import type { Calls } from './calls.js'
import type { Connection } from './connection.js'
import { encodeError } from './errors.js'
import type { Answer, Loaded, WireOptions, WireTranslation } from './protocol.js'
import { drop, received } from './results.js'
import type { SentSource } from './sent.js'
import { sentSource } from './sources.js'
import { sentTarget } from './targets.js'
import { moving, unwrap } from './wire.js'

/** What one call into a worker is told besides the picture. */
export interface WorkerTranslateOptions<A extends keyof ImageForms = 'RawImage'> extends TranslateOptions<A> {
  /**
   * Hands the source over: a RawImage's or ImageData's buffers are detached, an ImageBitmap or VideoFrame is closed here. Default false:
   * pixels are copied once, a VideoFrame is cloned (which copies none), and the source stays the caller's.
   */
  transfer?: boolean
}

/** A Translator whose model, session and GPU live in a worker; dispose() ends the worker. */
export interface WorkerTranslator extends Translator {
  /** As Translator's. @throws also DEVICE_LOST when the worker ends */
  translate<A extends keyof ImageForms = 'RawImage'>(
    source: ImageSource,
    options?: WorkerTranslateOptions<A>,
  ): Promise<Translation<A>>
}

export class RemoteTranslator implements WorkerTranslator {
  readonly manifest: ModelManifest
  readonly backend: string
  readonly device: Device
  readonly variant: string
  readonly decisions: readonly Decision[]
  readonly #decisions: Decision[]
  readonly #connection: Connection
  readonly #calls: Calls
  // A source that takes time to read must not be overtaken.
  readonly #outbox: SerialQueue = serialQueue()
  // The first is under way, the others wait.
  readonly #open = new Map<number, (reason: unknown) => void>()
  #disposed?: Promise<void>

  constructor(connection: Connection, calls: Calls, loaded: Loaded, decisions: readonly Decision[]) {
    this.manifest = loaded.manifest
    this.backend = loaded.backend
    this.device = loaded.device
    this.variant = loaded.variant
    this.#decisions = [...decisions]
    this.decisions = this.#decisions
    this.#connection = connection
    this.#calls = calls
  }

  async translate<A extends keyof ImageForms = 'RawImage'>(
    source: ImageSource,
    options: WorkerTranslateOptions<A> = {},
  ): Promise<Translation<A>> {
    const { signal, onProgress, into, transfer = false, ...rest } = options
    this.#refuseDisposed()
    signal?.throwIfAborted()
    const target = sentTarget(into)
    const wire: WireOptions = { ...rest, ...target.value, progress: onProgress !== undefined }
    const call = this.#calls.next()
    const answered = this.#calls.heard(call, onProgress, async () => {
      const { answer } = await this.#sent(sentSource(source, transfer), signal, (sent) =>
        this.#connection.call((service) =>
          service.translate(call, moving(sent), moving({ value: wire, moved: target.moved })),
        ),
      )
      return this.#told(await answer)
    })
    return target.filled(received(await this.#abortable(call, answered, signal), rest.as))
  }

  translateStream(): never {
    throw new I2iError('OPTION_INVALID', 'translateStream() is not built yet; call translate() for each frame')
  }

  async warmUp(size?: { readonly width: number; readonly height: number }): Promise<Timings> {
    this.#refuseDisposed()
    return this.#told(await this.#connection.call((service) => service.warmUp(size)))
  }

  dispose(): Promise<void> {
    this.#disposed ??= this.#end()
    return this.#disposed
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.dispose()
  }

  /** Sends a source when those before it are sent; what is not sent is freed. */
  async #sent<T>(
    source: Promise<SentSource>,
    signal: AbortSignal | undefined,
    send: (source: SentSource) => Promise<T>,
  ): Promise<{ answer: Promise<T> }> {
    const free = (): void => {
      source.then(
        ({ discard }) => discard?.(),
        () => undefined,
      )
    }
    try {
      return await this.#outbox.run(async () => {
        const sent = await source
        signal?.throwIfAborted()
        if (sent.decision) state(this.#decisions, sent.decision)
        const answer = send(sent)
        // What got there is the worker's: freeing it here is then of no effect.
        answer.catch(free)
        return { answer }
      }, signal)
    } catch (error) {
      free()
      throw error
    }
  }

  /** Rejects at once with signal.reason; the worker is told, and what it gives all the same is freed. */
  async #abortable(
    call: number,
    answered: Promise<WireTranslation>,
    signal: AbortSignal | undefined,
  ): Promise<WireTranslation> {
    try {
      return await new Promise((resolve, reject) => {
        this.#open.set(call, reject)
        abortable(answered, signal).then(resolve, reject)
      })
    } catch (error) {
      if (signal?.aborted) this.#abort(call, signal.reason)
      answered.then(drop, () => undefined)
      throw error
    } finally {
      this.#open.delete(call)
    }
  }

  #abort(call: number, reason: unknown): void {
    this.#connection.tell((service) => service.abort(call, encodeError(reason)))
  }

  /** The value of an answer, once the news that came with it are written down. */
  #told<T>(answer: Answer<T>): T {
    this.#decisions.push(...answer.news)
    return unwrap(answer)
  }

  async #end(): Promise<void> {
    const gone = this.#gone()
    for (const [call, refuse] of [...this.#open].slice(1)) {
      this.#abort(call, gone)
      refuse(gone)
    }
    try {
      await this.#outbox.idle()
      // It waits for the call under way.
      this.#told(await this.#connection.call((service) => service.dispose()))
    } catch (error) {
      // A worker that is no more holds nothing.
      if (error !== this.#connection.over) throw error
    } finally {
      await this.#connection.end(gone)
    }
  }

  #refuseDisposed(): void {
    if (this.#disposed) throw this.#gone()
  }

  #gone(): I2iError {
    return new I2iError('DISPOSED', `the translator of model "${this.manifest.id}" was disposed; load it again`)
  }
}
