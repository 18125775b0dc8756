import { proxy, type Remote, transfer, wrap } from 'comlink'
import type { EngineApi } from './engine.worker.js'
import { DemoError, unwrap } from './failure.js'
import type { LinkVerdict, Opened, Outcome, Picture, Progress, Settings, Translated } from './protocol.js'

interface Started {
  readonly worker: Worker
  readonly remote: Remote<EngineApi>
  /** Rejects when the worker breaks down, which answers no call. */
  readonly broken: Promise<never>
}

// After these, what the worker holds (a heap that ran full, a device that is gone) is not worth keeping.
const fatal: ReadonlySet<string> = new Set(['OUT_OF_MEMORY', 'DEVICE_LOST', 'WORKER', 'RuntimeError', 'RangeError'])

/** The page's side of the worker. After a failure that spoils it, the next call starts a fresh one. */
export class Engine {
  #started: Started | undefined
  #settings: Settings | undefined

  /** Whether these settings are open already. */
  holds(settings: Settings): boolean {
    return JSON.stringify(this.#settings) === JSON.stringify(settings)
  }

  async open(settings: Settings, onProgress: (progress: Progress) => void): Promise<Opened> {
    this.#settings = undefined
    const opened = await this.#call((remote) => remote.open(settings, proxy(onProgress)))
    this.#settings = settings
    return opened
  }

  async translate(picture: Picture): Promise<Translated> {
    const moved = picture instanceof ImageData ? picture : transfer(picture, [picture])
    return await this.#call((remote) => remote.translate(moved))
  }

  async dump(settings: Settings, picture: ImageData): Promise<Uint8Array<ArrayBuffer>> {
    return await this.#call((remote) => remote.dump(settings, picture))
  }

  async checkLink(settings: Settings, picture: ImageData): Promise<LinkVerdict> {
    return await this.#call((remote) => remote.checkLink(settings, picture))
  }

  async #call<T>(task: (remote: Remote<EngineApi>) => Promise<Outcome<T>>): Promise<T> {
    this.#started ??= start()
    const used = this.#started
    try {
      return unwrap(await Promise.race([task(used.remote), used.broken]))
    } catch (error) {
      if (error instanceof DemoError && fatal.has(error.code) && this.#started === used) this.#discard()
      throw error
    }
  }

  #discard(): void {
    this.#started?.worker.terminate()
    this.#started = undefined
    this.#settings = undefined
  }
}

function start(): Started {
  const worker = new Worker(new URL('./engine.worker.ts', import.meta.url), { type: 'module' })
  const broken = new Promise<never>((_, reject) => {
    worker.addEventListener('error', (event) => {
      event.preventDefault()
      reject(new DemoError('WORKER', event.message || 'the script of the worker could not be loaded'))
    })
  })
  broken.catch(() => undefined)
  return { worker, remote: wrap<EngineApi>(worker), broken }
}
