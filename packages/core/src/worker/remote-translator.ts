import { I2iError, type RawImage } from '@i2i/color'
import { abortable } from '../abort.js'
import { state } from '../decisions.js'
import type { Dom } from '../dom.js'
import type { ModelManifest } from '../manifest.js'
import type { Device } from '../ports.js'
import { type SerialQueue, serialQueue } from '../queue.js'
import { checkStreamOptions } from '../stream/options.js'
import { closeFrame, type FramePair, framePair, type StreamFrame } from '../stream/pair.js'
import type {
  Decision,
  ImageForms,
  ImageSource,
  StreamOptions,
  Timings,
  TranslateOptions,
  Translation,
  Translator,
} from '../types.js'
import type { Calls } from './calls.js'
import type { Connection } from './connection.js'
import { encodeError } from './errors.js'
import type { Answer, Loaded, WireOptions, WireStream } from './protocol.js'
import { Relay } from './relay.js'
import { drop, received } from './results.js'
import type { SentSource } from './sent.js'
import { sentSource } from './sources.js'
import { Targets } from './targets.js'
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
  /**
   * A whole stream in the worker: the source moves there, and so does a canvas, which shows every frame; none passes the page. What comes
   * out for a WritableStream is written by the page. Settles when the sink has it all and is closed, or with what ended either. Where
   * streams cannot move (Safari), use translateStream(). @throws as translateStream(), and what the sink throws
   */
  pipe(
    source: ReadableStream<RawImage | Dom<'VideoFrame'>>,
    sink: WritableStream<RawImage | Dom<'VideoFrame'>> | Dom<'OffscreenCanvas'>,
    options?: StreamOptions,
  ): Promise<void>
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
  readonly #targets = new Targets()
  readonly #disposing = new AbortController()
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
    const call = this.#calls.next()
    const target = this.#targets.open(into)
    // An abort may come before it is awaited.
    target.catch(() => undefined)
    const answered = this.#calls.heard(call, onProgress, () =>
      this.#send(sentSource(source, transfer), signal, async (sent) => {
        const { sent: opened } = await target
        const { value, moved } = opened()
        const wire: WireOptions = { ...rest, ...value, progress: onProgress !== undefined }
        return await this.#connection.call((service) =>
          service.translate(call, moving(sent), moving({ value: wire, moved })),
        )
      }),
    )
    const answer = await this.#abortable(call, answered, drop, signal)
    const translation = received(answer, rest.as)
    return (await target).filled?.(translation, answer) ?? translation
  }

  translateStream<F extends StreamFrame>(options: StreamOptions = {}): FramePair<F> {
    checkStreamOptions(options)
    this.#refuseDisposed()
    const { late = 'wait', signal, ...wire } = options
    const stream = { id: this.#calls.next(), options: wire }
    return framePair<F>(async (ends) => {
      const { FrameStream } = await import('../stream/frame-stream.js')
      return new FrameStream<F>(ends, {
        late,
        signals: signal ? [this.#disposing.signal, signal] : [this.#disposing.signal],
        translate: (frame, signal) => this.#streamed(stream, frame, signal),
        ended: () => this.#connection.tell((service) => service.endStream(stream.id)),
      })
    })
  }

  async pipe(
    source: ReadableStream<StreamFrame>,
    sink: WritableStream<StreamFrame> | Dom<'OffscreenCanvas'>,
    options: StreamOptions = {},
  ): Promise<void> {
    checkStreamOptions(options)
    this.#refuseDisposed()
    const { signal, ...wire } = options
    signal?.throwIfAborted()
    const call = this.#calls.next()
    const relay = 'getWriter' in sink ? new Relay(sink) : undefined
    const end = relay?.stream ?? sink
    const done = this.#connection.call((service) =>
      service.pipe(call, moving({ value: source, moved: [source] }), moving({ value: end, moved: [end] }), wire),
    )
    try {
      this.#told(await abortable(done, signal))
      await relay?.closed()
    } catch (error) {
      throw relay ? await relay.fail(error) : error
    } finally {
      if (signal?.aborted) this.#abort(call, signal.reason)
    }
  }

  async warmUp(size?: { readonly width: number; readonly height: number }): Promise<Timings> {
    this.#refuseDisposed()
    return this.#told(await this.#connection.call((service) => service.warmUp(size)))
  }

  dispose(): Promise<void> {
    this.#disposed ??= this.#end()
    this.#disposing.abort(this.#gone())
    return this.#disposed
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.dispose()
  }

  /** One frame of a stream, which owns the frame and closes it. */
  async #streamed<F extends StreamFrame>(stream: WireStream, frame: F, signal: AbortSignal): Promise<F> {
    const call = this.#calls.next()
    const answered = this.#send(sentSource(frame, false), signal, (sent) =>
      this.#connection.call((service) => service.streamFrame(call, stream, moving(sent))),
    )
    // The result is of the frame's kind.
    return (await this.#abortable(call, answered, closeFrame, signal)) as F
  }

  /** Sends a source when those before it are sent; what is not sent is freed. */
  async #send<T>(
    source: Promise<SentSource>,
    signal: AbortSignal | undefined,
    send: (source: SentSource) => Promise<Answer<T>>,
  ): Promise<T> {
    const free = (): void => {
      source.then(
        ({ discard }) => discard?.(),
        () => undefined,
      )
    }
    try {
      const { answer } = await this.#outbox.run(async () => {
        const sent = await source
        signal?.throwIfAborted()
        if (sent.decision) state(this.#decisions, sent.decision)
        return { answer: send(sent) }
      }, signal)
      return this.#told(await answer)
    } catch (error) {
      // What got there is the worker's: to free it here is then of no effect.
      free()
      throw error
    }
  }

  /** Rejects at once with signal.reason; the worker is told, and what it gives all the same is freed. */
  async #abortable<T>(
    call: number,
    answered: Promise<T>,
    drop: (late: T) => void,
    signal: AbortSignal | undefined,
  ): Promise<T> {
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
