import type { ImageForms, Translator } from '@i2i/core'
import { Engine } from './engine/engine.js'
import { failureOf, isChange } from './engine/failure.js'
import type { Settings } from './engine/protocol.js'
import { PacedStream } from './live/paced.js'
import { showDecisions, showDevice } from './panels/decisions.js'
import { resetTimings, showPace, showTimings } from './panels/timings.js'
import { setStageState } from './stage/stage.js'
import { hideFailure, say, sayProgress, showFailure } from './stage/status.js'

// After these a worker (its heap ran full, its device is gone) is not worth keeping.
const fatal: ReadonlySet<string> = new Set(['OUT_OF_MEMORY', 'DEVICE_LOST', 'SHAPE_MISMATCH', 'RuntimeError'])

interface Opening {
  readonly settings: Settings
  readonly translator: Promise<Translator>
}

/** What is chosen, and the engine that runs it: every picture goes through here. */
export class Studio {
  readonly #engine = new Engine()
  #settings: Settings
  #opening: Opening | undefined
  #took = 0
  #again: (() => Promise<void>) | undefined
  #paced: PacedStream | undefined

  constructor(settings: Settings) {
    this.#settings = settings
  }

  get settings(): Settings {
    return this.#settings
  }

  /** Milliseconds that the last picture took. */
  get took(): number {
    return this.#took
  }

  /** Chooses anew. What was under way is aborted: nobody waits for it any more. */
  choose(settings: Settings): void {
    this.#settings = settings
    this.#close()
  }

  /** The model that is chosen, opened if it is not yet. @throws what load() does */
  async ready(): Promise<Translator> {
    this.#opening ??= { settings: this.#settings, translator: this.#open(this.#settings) }
    const opening = this.#opening
    try {
      return await opening.translator
    } catch (error) {
      if (this.#opening === opening) this.#opening = undefined
      throw error
    }
  }

  async #open(settings: Settings): Promise<Translator> {
    setStageState('loading')
    resetTimings()
    showDevice()
    say('Opening the model…')
    const translator = await this.#engine.open(settings, sayProgress)
    hideFailure()
    showDevice(translator)
    showDecisions(translator, settings)
    return translator
  }

  /** Translates a still picture and shows what it took. @throws what translate() does */
  async translate(picture: ImageData): Promise<ImageData> {
    return await this.#translate(picture, 'ImageData')
  }

  /** Translates a frame, on the GPU from end to end where the model runs there; whoever gets the result closes it. @throws what translate() does */
  async translateFrame(frame: VideoFrame): Promise<VideoFrame> {
    return await this.#translate(frame, 'VideoFrame')
  }

  /** The same through a stream that keeps time. @throws what translate() does */
  async translatePaced(frame: VideoFrame): Promise<VideoFrame> {
    const translator = await this.ready()
    this.#paced ??= new PacedStream(translator)
    const start = performance.now()
    try {
      const result = await this.#paced.translate(frame)
      showPace(performance.now() - start)
      showDecisions(translator, this.#settings)
      return result
    } catch (error) {
      // A stream ends with its first failure.
      this.endPace()
      throw error
    }
  }

  endPace(): void {
    this.#paced?.end()
    this.#paced = undefined
  }

  async #translate<A extends 'ImageData' | 'VideoFrame'>(
    picture: ImageData | VideoFrame,
    as: A,
  ): Promise<ImageForms[A]> {
    const translator = await this.ready()
    const { image, timings } = await this.#engine.translate(picture, as)
    hideFailure()
    this.#took = timings.total
    showTimings(timings)
    showDecisions(translator, this.#settings)
    return image
  }

  #close(): void {
    this.endPace()
    this.#opening = undefined
    this.#engine.close()
  }

  /** What failed last, to be tried again; undefined where that is the picture on the stage. */
  get again(): (() => Promise<void>) | undefined {
    return this.#again
  }

  /** Shows a failure, unless it was a change of mind. `again` is what to do when it is to be tried once more. */
  fail(error: unknown, again?: () => Promise<void>): void {
    const failure = failureOf(error)
    if (isChange(failure)) return
    this.#again = again
    if (fatal.has(failure.code)) this.#close()
    setStageState('failed')
    showFailure(failure, this.#settings.device)
    if (failure.decisions.length > 0) showDecisions({ decisions: failure.decisions })
  }
}
