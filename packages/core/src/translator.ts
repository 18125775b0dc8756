import { createImage, I2iError, rawImage } from '@i2i/color'
import type { DumpTap } from './dump-tap.js'
import type { ModelManifest } from './manifest.js'
import { checkKeys, translateKeys } from './options.js'
import type { Device } from './ports.js'
import { serialQueue } from './queue.js'
import { checkStreamOptions } from './stream/options.js'
import { type FramePair, framePair, type StreamFrame } from './stream/pair.js'
import { type Parts, translateFrame } from './translate.js'
import type {
  Decision,
  ImageForms,
  ImageSource,
  StreamOptions,
  Timings,
  TranslateOptions,
  Translation,
  Translator,
} from './types.js'

/** What load() hands over; `release` frees everything the translator owns. */
export interface TranslatorInit {
  readonly parts: Parts
  readonly backend: string
  readonly variant: string
  readonly decisions: Decision[]
  readonly tap?: DumpTap
  gpuMemory(): Translator['gpuMemory']
  release(): Promise<void>
}

export class ModelTranslator implements Translator {
  readonly manifest: ModelManifest
  readonly backend: string
  readonly device: Device
  readonly variant: string
  readonly decisions: readonly Decision[]
  readonly #init: TranslatorInit
  readonly #queue = serialQueue()
  readonly #disposing = new AbortController()
  #cold = true
  #disposed?: Promise<void>

  constructor(init: TranslatorInit) {
    this.manifest = init.parts.manifest
    this.backend = init.backend
    this.device = init.parts.session.device
    this.variant = init.variant
    this.decisions = init.decisions
    this.#init = init
  }

  get gpuMemory(): Translator['gpuMemory'] {
    return this.#init.gpuMemory()
  }

  async translate<A extends keyof ImageForms = 'RawImage'>(
    source: ImageSource,
    options: TranslateOptions<A> = {},
  ): Promise<Translation<A>> {
    this.#refuseDisposed()
    checkKeys('translate()', options, translateKeys)
    return await this.#enqueue((cold) => this.#tapped(this.#init.parts, source, options, cold), options.signal)
  }

  translateStream<F extends StreamFrame>(options: StreamOptions = {}): FramePair<F> {
    checkStreamOptions(options)
    this.#refuseDisposed()
    return framePair<F>(async (ends) => {
      const { openStream } = await import('./stream/stream.js')
      return openStream<F>(ends, options, {
        parts: this.#init.parts,
        disposed: this.#disposing.signal,
        run: (parts, frame, call) => this.#enqueue((cold) => this.#tapped(parts, frame, call, cold), call.signal),
      })
    })
  }

  async warmUp(size?: { readonly width: number; readonly height: number }): Promise<Timings> {
    const { width, height } = size ?? defaultSize(this.manifest)
    const grey = createImage('RGB', width, height)
    for (const { data } of grey.planes) data.fill(128)
    const { timings } = await this.#enqueue((cold) => translateFrame(this.#init.parts, rawImage(grey), {}, cold))
    return timings
  }

  dispose(): Promise<void> {
    this.#disposed ??= this.#queue.idle().then(() => this.#init.release())
    this.#disposing.abort(this.#gone())
    return this.#disposed
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.dispose()
  }

  async #enqueue<T>(task: (cold: boolean) => Promise<T>, signal?: AbortSignal): Promise<T> {
    this.#refuseDisposed()
    return await this.#queue.run(async () => {
      this.#refuseDisposed()
      const result = await task(this.#cold)
      this.#cold = false
      return result
    }, signal)
  }

  async #tapped<A extends keyof ImageForms>(
    parts: Parts,
    source: ImageSource,
    options: TranslateOptions<A>,
    cold: boolean,
  ): Promise<Translation<A>> {
    const call = this.#init.tap?.call()
    try {
      return await translateFrame(parts, source, options, cold, call)
    } catch (error) {
      await call?.end({ outcome: 'failed', error: String(error) })
      throw error
    }
  }

  #refuseDisposed(): void {
    if (this.#disposed) throw this.#gone()
  }

  #gone(): I2iError {
    return new I2iError('DISPOSED', `the translator of model "${this.manifest.id}" was disposed; load() it again`)
  }
}

function defaultSize({ input }: ModelManifest): { width: number; height: number } {
  if ('width' in input.size) return input.size
  const { multipleOf } = input.size
  const edge = Math.ceil(256 / multipleOf) * multipleOf
  return { width: edge, height: edge }
}
