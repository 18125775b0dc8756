import { Engine } from './engine/engine.js'
import { DemoError } from './engine/failure.js'
import { models } from './engine/models.js'
import type { Opened, Picture, Settings, Translated } from './engine/protocol.js'
import { showDecisions, showDevice } from './panels/decisions.js'
import { resetTimings, showTimings } from './panels/timings.js'
import { nameResult, setStageState } from './stage/stage.js'
import { hideFailure, say, sayProgress, showFailure } from './stage/status.js'

/** What is chosen, and the engine that runs it: everything that makes a picture goes through here. */
export class Studio {
  readonly engine: Engine = new Engine()
  settings: Settings
  #opened: Opened | undefined

  constructor(settings: Settings) {
    this.settings = settings
  }

  /** What is open; undefined while nothing is. */
  get opened(): Opened | undefined {
    return this.engine.holds(this.settings) ? this.#opened : undefined
  }

  /** Opens what is chosen, if it is not open yet. */
  async ready(): Promise<void> {
    const { settings } = this
    if (this.engine.holds(settings)) return
    setStageState('loading')
    resetTimings()
    say('Opening the model…')
    this.#opened = await this.engine.open(settings, (progress) => {
      if (settings === this.settings) sayProgress(progress)
    })
    if (settings !== this.settings) return
    hideFailure()
    showDevice(this.#opened)
    showDecisions(this.#opened.decisions, this.#opened.files)
    nameResult(models[settings.model].label)
  }

  /** Translates one picture and shows what it took. */
  async translate(picture: Picture): Promise<Translated> {
    const result = await this.engine.translate(picture)
    hideFailure()
    showTimings(result.timings)
    showDecisions(result.decisions, this.#opened?.files)
    return result
  }

  /** Shows a failure, unless it was a change of mind. */
  fail(error: unknown): void {
    if (error instanceof DemoError && (error.code === 'AbortError' || error.code === 'DISPOSED')) return
    setStageState('failed')
    showFailure(error, this.settings.device)
    if (error instanceof DemoError && error.decisions.length > 0) showDecisions(error.decisions)
  }
}
