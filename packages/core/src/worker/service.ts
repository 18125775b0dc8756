import { type ColorEngine, createImage, I2iError } from '@i2i/color'
import { load } from '../load.js'
import type { Backend, ModelFileOptions, ModelFiles } from '../ports.js'
import { closeFrame, type StreamFrame } from '../stream/pair.js'
import type {
  Decision,
  ImageForms,
  ImageSource,
  LoadOptions,
  StreamOptions,
  Timings,
  TranslateOptions,
  Translator,
} from '../types.js'
import { Calls } from './calls.js'
import { remoteSink } from './dumps.js'
import { decodeError, type WireError } from './errors.js'
import { showPresence } from './presence.js'
import type {
  Answer,
  Host,
  Loaded,
  Service,
  WireFileOptions,
  WireLoadOptions,
  WireOptions,
  WireStream,
  WireTranslation,
} from './protocol.js'
import { relayCanvas, sent } from './sent-results.js'
import type { ServeOptions, WorkerBackends } from './serve.js'
import { movedFrame, pipe, Streams } from './streams.js'
import { answer, plainAnswer, unwrap } from './wire.js'

/** Tells the page's onProgress of a call. */
type Report = (...told: readonly unknown[]) => void

/** The worker's side of one translator. */
export class TranslatorService implements Service {
  readonly #backends: WorkerBackends
  readonly #options: ServeOptions
  readonly #host: Host
  readonly #aborts = new Map<number, AbortController>()
  readonly #disposing = new AbortController()
  readonly #reads = new Calls()
  readonly #canvases = new Map<number, unknown>()
  #translator: Translator | undefined
  #streams: Streams | undefined
  #color: ColorEngine | undefined
  #told = 0

  constructor(backends: WorkerBackends, options: ServeOptions, host: Host) {
    this.#backends = backends
    this.#options = options
    this.#host = host
  }

  /** Lets the page see whether this worker lives. */
  async show(lock: string | undefined): Promise<void> {
    if (lock) await showPresence(lock, this.#disposing.signal)
  }

  async present(): Promise<void> {}

  load(call: number, manifest: Parameters<Service['load']>[1], options: WireLoadOptions): Promise<Answer<Loaded>> {
    return plainAnswer(
      () => this.#call(call, ({ signal, report }) => this.#load(manifest, options, signal, report)),
      this.#news,
    )
  }

  translate(call: number, source: unknown, options: WireOptions): Promise<Answer<WireTranslation>> {
    const { progress, into, canvas, drawn, ...rest } = options
    return answer(
      () =>
        this.#call(call, async ({ signal, report }) => {
          // What these are is the translator's to check: they come from the page as they were.
          const own = drawn ? relayCanvas() : undefined
          const translation = await this.#opened().translate(source as ImageSource, {
            ...(rest as TranslateOptions<keyof ImageForms>),
            ...(into && { into: createImage(into.format, into.width, into.height, into.colorSpace) }),
            // Its type is the DOM's.
            ...(canvas && { into: this.#canvas(canvas) as never }),
            ...(own && { into: own as never }),
            ...(progress && { onProgress: report }),
            signal,
          })
          return await sent(translation, own?.transferToImageBitmap())
        }).finally(() => closeFrame(source)),
      this.#news,
    )
  }

  streamFrame(call: number, stream: WireStream, frame: unknown): Promise<Answer<object>> {
    return answer(
      () =>
        this.#call(call, async ({ signal }) => {
          this.#streams ??= new Streams(this.#opened())
          const value = await this.#streams.frame(stream, frame as StreamFrame, signal)
          return { value, moved: movedFrame(value) }
        }),
      this.#news,
    )
  }

  async endStream(id: number): Promise<void> {
    await this.#streams?.end(id)
  }

  pipe(call: number, source: unknown, sink: unknown, options: StreamOptions): Promise<Answer<void>> {
    return plainAnswer(
      () =>
        this.#call(call, ({ signal }) =>
          pipe(this.#opened(), source as ReadableStream<StreamFrame>, sink as object, { ...options, signal }),
        ),
      this.#news,
    )
  }

  warmUp(size: Parameters<Service['warmUp']>[0]): Promise<Answer<Timings>> {
    return plainAnswer(() => this.#opened().warmUp(size), this.#news)
  }

  async abort(call: number, reason: WireError): Promise<void> {
    this.#aborts.get(call)?.abort(decodeError(reason))
  }

  async fileProgress(read: number, ...told: readonly unknown[]): Promise<void> {
    this.#reads.tell(read, told)
  }

  dispose(): Promise<Answer<void>> {
    return plainAnswer(async () => {
      try {
        await this.#translator?.dispose()
      } finally {
        this.#color?.[Symbol.dispose]()
        this.#disposing.abort()
      }
    }, this.#news)
  }

  async #load(
    manifest: Parameters<Service['load']>[1],
    { backend, files, dump, ...options }: WireLoadOptions,
    signal: AbortSignal,
    report: Report,
  ): Promise<Loaded> {
    const ownFiles = this.#options.files ?? (files ? this.#pageFiles() : undefined)
    const chosen = await this.#chosen(backend)
    this.#color = await this.#options.color?.()
    const loading: LoadOptions = {
      ...options,
      backend: chosen,
      ...(this.#color && { color: this.#color }),
      ...(ownFiles && { files: ownFiles }),
      ...(dump && { dump: remoteSink(this.#host, dump.wants) }),
      onProgress: report,
      signal,
    }
    this.#translator = await load(manifest, loading)
    const { backend: name, device, variant } = this.#translator
    return { manifest: this.#translator.manifest, backend: name, device, variant }
  }

  async #chosen(names: string | readonly string[] | undefined): Promise<readonly Backend[]> {
    const known = Object.keys(this.#backends)
    const wanted = names === undefined ? known : [names].flat()
    return await Promise.all(
      wanted.map(async (name) => {
        const make = this.#backends[name]
        if (make && known.includes(name)) return await make()
        throw new I2iError(
          'OPTION_INVALID',
          `the worker has no backend "${name}"; its serve() names ${known.join(', ') || 'none'}`,
        )
      }),
    )
  }

  #pageFiles(): ModelFiles {
    return {
      read: (path, { onProgress, ...asked } = {}) => {
        const read = this.#reads.next()
        return this.#reads.heard(read, onProgress, async () =>
          unwrap(await this.#host.readFile(read, path, wireFile(asked))),
        )
      },
      forget: async (path, asked = {}) => unwrap(await this.#host.forgetFile(path, wireFile(asked))),
    }
  }

  /** What was decided since the page was last told. */
  readonly #news = (): readonly Decision[] => {
    const news = this.#translator?.decisions.slice(this.#told) ?? []
    this.#told += news.length
    return news
  }

  async #call<T>(call: number, work: (under: { signal: AbortSignal; report: Report }) => Promise<T>): Promise<T> {
    const abort = new AbortController()
    this.#aborts.set(call, abort)
    let heard: Promise<unknown> = Promise.resolve()
    const report: Report = (...told) => {
      heard = this.#host.progress(call, ...told)
    }
    try {
      return await work({ signal: abort.signal, report })
    } finally {
      this.#aborts.delete(call)
      // Answers have a port of their own, and must not overtake the last report.
      await heard
    }
  }

  #canvas({ id, canvas }: NonNullable<WireOptions['canvas']>): unknown {
    if (canvas) this.#canvases.set(id, canvas)
    return this.#canvases.get(id)
  }

  #opened(): Translator {
    if (this.#translator) return this.#translator
    throw new I2iError('DISPOSED', 'the worker holds no model')
  }
}

/** Of what files are told, that which can cross. */
function wireFile({ url, expected }: ModelFileOptions): WireFileOptions {
  return { ...(url !== undefined && { url }), ...(expected && { expected }) }
}
