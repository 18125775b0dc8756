import type { LoadProgress, Translation, Translator } from '@i2i/core'
import { loadInWorker } from '@i2i/core/worker'
import { models } from './models.js'
import type { Settings } from './protocol.js'
import { newWorker } from './worker.js'

interface Open {
  readonly translator: Translator
  readonly worker: Worker
  /** Ends the calls under way. */
  readonly replaced: AbortController
}

// A slow device computes to its end, whoever waits: after that long its worker is ended all the same.
const patienceMs = 2000

/** The model that is open. Another one takes its place at once; what was under way is aborted. */
export class Engine {
  #open: Open | undefined
  #opening = new AbortController()

  /** @throws what load() does; AbortError once another is opened */
  async open(settings: Settings, onProgress: (progress: LoadProgress) => void): Promise<Translator> {
    this.close()
    const { signal } = this.#opening
    const { model, backend, device } = settings
    const { manifest, identity } = models[model]
    const worker = newWorker()
    const translator = await loadInWorker(worker, manifest, { backend, device, identity, onProgress, signal })
    this.#open = { translator, worker, replaced: this.#opening }
    return translator
  }

  /** A picture in the form that is asked for. @throws what translate() does; AbortError once another model is opened */
  async translate<A extends 'ImageData' | 'VideoFrame'>(
    picture: ImageData | VideoFrame,
    as: A,
  ): Promise<Translation<A>> {
    if (!this.#open) throw changed()
    const { translator, replaced } = this.#open
    return await translator.translate(picture, { as, signal: replaced.signal })
  }

  /** Ends what is open or being opened. */
  close(): void {
    this.#opening.abort(changed())
    this.#opening = new AbortController()
    if (!this.#open) return
    const { translator, worker } = this.#open
    this.#open = undefined
    const timer = setTimeout(() => worker.terminate(), patienceMs)
    // How a worker ends that nobody needs is no news.
    translator
      .dispose()
      .catch(() => undefined)
      .finally(() => clearTimeout(timer))
  }
}

function changed(): DOMException {
  return new DOMException('another model was chosen', 'AbortError')
}
