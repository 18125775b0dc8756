import { type ColorEngine, createImage, I2iError, type RawImage } from '@i2i/color'
import { load } from '../load.js'
import type { Backend, ModelFileOptions, ModelFiles, Tensor } from '../ports.js'
import type {
  Decision,
  ImageForms,
  ImageSource,
  LoadOptions,
  Timings,
  TranslateOptions,
  Translation,
  Translator,
} from '../types.js'
import { Calls } from './calls.js'
import { remoteSink } from './dumps.js'
import { decodeError, type WireError } from './errors.js'
import { movedImage, movedTensor } from './pictures.js'
import type {
  Answer,
  Host,
  Loaded,
  Service,
  WireFileOptions,
  WireLoadOptions,
  WireOptions,
  WireTranslation,
} from './protocol.js'
import type { ServeOptions, WorkerBackends } from './serve.js'
import { answer, type Parcel, plainAnswer, unwrap } from './wire.js'

/** Tells the page's onProgress of a call. */
type Report = (...told: readonly unknown[]) => void

/** The worker's side of one translator. */
export class TranslatorService implements Service {
  readonly #backends: WorkerBackends
  readonly #options: ServeOptions
  readonly #host: Host
  readonly #aborts = new Map<number, AbortController>()
  readonly #reads = new Calls()
  readonly #canvases = new Map<number, unknown>()
  #translator: Translator | undefined
  #color: ColorEngine | undefined
  #told = 0

  constructor(backends: WorkerBackends, options: ServeOptions, host: Host) {
    this.#backends = backends
    this.#options = options
    this.#host = host
  }

  load(call: number, manifest: Parameters<Service['load']>[1], options: WireLoadOptions): Promise<Answer<Loaded>> {
    return plainAnswer(
      () => this.#call(call, ({ signal, report }) => this.#load(manifest, options, signal, report)),
      this.#news,
    )
  }

  translate(call: number, source: unknown, options: WireOptions): Promise<Answer<WireTranslation>> {
    const { progress, into, canvas, ...rest } = options
    return answer(
      () =>
        this.#call(call, async ({ signal, report }) => {
          // What these are is the translator's to check: they come from the page as they were.
          const translation = await this.#opened().translate(source as ImageSource, {
            ...(rest as TranslateOptions<keyof ImageForms>),
            ...(into && { into: createImage(into.format, into.width, into.height, into.colorSpace) }),
            ...(canvas && { into: this.#canvas(canvas) as RawImage }),
            ...(progress && { onProgress: report }),
            signal,
          })
          return await sent(translation)
        }).finally(() => closeIfOpen(source)),
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

/** A result without its methods, its memory moved. */
async function sent({
  image,
  outputs,
  transform,
  timings,
}: Translation<keyof ImageForms>): Promise<Parcel<WireTranslation>> {
  const picture = sentPicture(image)
  const moved = [...picture.moved]
  const others: Record<string, RawImage | Tensor> = {}
  for (const [name, output] of Object.entries(outputs)) {
    const parcel = 'planes' in output ? movedImage(output) : await movedTensor(output)
    others[name] = parcel.value
    moved.push(...parcel.moved)
  }
  return { value: { image: picture.value, outputs: others, transform, timings }, moved: [...new Set(moved)] }
}

function sentPicture(image: unknown): Parcel<unknown> {
  if (typeof image !== 'object' || image === null) return { value: image, moved: [] }
  if ('planes' in image) return movedImage(image as RawImage)
  // An ImageData would be copied; its pixels can move, and become one again there.
  if ('data' in image) {
    const { data, width, height } = image as { data: Uint8ClampedArray; width: number; height: number }
    return { value: { data, width, height }, moved: [data.buffer as ArrayBuffer] }
  }
  return { value: image, moved: [image] }
}

/** A VideoFrame or ImageBitmap that was sent belongs to this side; translate() never closes its source. */
function closeIfOpen(source: unknown): void {
  if (typeof source === 'object' && source !== null && 'close' in source && typeof source.close === 'function') {
    source.close()
  }
}

/** Of what files are told, that which can cross. */
function wireFile({ url, expected }: ModelFileOptions): WireFileOptions {
  return { ...(url !== undefined && { url }), ...(expected && { expected }) }
}
