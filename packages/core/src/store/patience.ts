import { web } from '../model-files/host.js'

/** How often, and after how long, a download is tried again. */
export interface RetryOptions {
  /** Tries in a row that bring no byte before it is given up; default 3. */
  retries?: number
  /** Milliseconds before the first try of a row, doubled with each, 8 seconds at most; default 300. */
  retryDelayMs?: number
}

// A server that gives a byte a try must not be asked for ever.
const mostTries = 100
const longestDelay = 8_000
const longestWait = 30_000

/** A failure that another try may mend; `after` is what the server asked for, in milliseconds. */
export class Transient {
  readonly error: Error
  readonly after: number | undefined

  constructor(error: Error, after?: number) {
    this.error = error
    this.after = after
  }
}

/** Counts tries, and waits between them. */
export class Patience {
  readonly #retries: number
  readonly #delay: number
  #tries = 0
  #fruitless = 0
  #best = 0

  constructor({ retries = 3, retryDelayMs = 300 }: RetryOptions, have: number) {
    this.#retries = retries
    this.#delay = retryDelayMs
    this.#best = have
  }

  /** Waits before the next try; `have` is how far the last one came. @throws the failure itself when there have been enough */
  async wait({ error, after }: Transient, have: number, signal: AbortSignal | undefined): Promise<void> {
    this.#fruitless = have > this.#best ? 0 : this.#fruitless + 1
    this.#best = Math.max(this.#best, have)
    if (++this.#tries > mostTries || this.#fruitless > this.#retries || web.navigator?.onLine === false) throw error
    const usual = Math.min(this.#delay * 2 ** Math.max(0, this.#fruitless - 1), longestDelay)
    await sleep(Math.max(usual, Math.min(after ?? 0, longestWait)), signal)
  }
}

function sleep(ms: number, signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve, reject) => {
    signal?.throwIfAborted()
    const abort = (): void => {
      clearTimeout(timer)
      reject(signal?.reason)
    }
    const timer = setTimeout(() => {
      signal?.removeEventListener('abort', abort)
      resolve()
    }, ms)
    signal?.addEventListener('abort', abort, { once: true })
  })
}
