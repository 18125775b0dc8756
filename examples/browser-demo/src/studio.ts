import type { Translation, Translator } from '@i2i/core'
import { Engine } from './engine/engine.js'
import { failureOf } from './engine/failure.js'
import type { Settings } from './engine/protocol.js'
import { showDecisions, showDevice } from './panels/decisions.js'
import { resetTimings, showTimings } from './panels/timings.js'
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

  constructor(settings: Settings) {
    this.#settings = settings
  }

  get settings(): Settings {
    return this.#settings
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
    say('Opening the model…')
    const translator = await this.#engine.open(settings, sayProgress)
    hideFailure()
    showDevice(translator)
    showDecisions(translator, settings)
    return translator
  }

  /** Translates one picture and shows what it took. @throws what translate() does */
  async translate(picture: ImageData | VideoFrame): Promise<Translation<'ImageData'>> {
    const translator = await this.ready()
    const result = await this.#engine.translate(picture)
    hideFailure()
    showTimings(result.timings)
    showDecisions(translator, this.#settings)
    return result
  }

  #close(): void {
    this.#opening = undefined
    this.#engine.close()
  }

  /** Shows a failure, unless it was a change of mind. */
  fail(error: unknown): void {
    const failure = failureOf(error)
    if (failure.code === 'AbortError') return
    if (fatal.has(failure.code)) this.#close()
    setStageState('failed')
    showFailure(failure, this.#settings.device)
    if (failure.decisions.length > 0) showDecisions({ decisions: failure.decisions })
  }
}
