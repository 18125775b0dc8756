import type { I2iError } from '@i2i/color'
import { networkRemedy, reasonOf, remedyFor, shownUrl, unavailable } from '../model-files/fetch.js'
import { lengthOf } from '../model-files/fetch-stream.js'
import { web } from '../model-files/host.js'
import { mismatch } from '../model-files/verify.js'
import { Patience, type RetryOptions, Transient } from './patience.js'
import { rangeFault, rangeHeaders, type Validator, validatorOf } from './range.js'
import { type Watchdog, watchdog } from './watchdog.js'

/** A file on its way: its bytes, of which the first `have` are there. */
export interface PartialFile {
  readonly bytes: Uint8Array
  have: number
  /** The version that they are of. */
  validator: Validator
  /** A version has begun to come. */
  identified(): Promise<void>
  /** More bytes are there. */
  grown(): Promise<void>
  /** A new start was made, since what was there is of another version: `have` is 0 again. */
  restarted(): Promise<void>
}

export interface DownloadOptions extends RetryOptions {
  readonly signal?: AbortSignal | undefined
  /** Sent with every request. */
  readonly headers: Readonly<Record<string, string>>
  /** Past the browser's own cache, which gave wrong bytes. */
  readonly reload: boolean
  /** Milliseconds of silence after which a request is given up; default 30 seconds. */
  readonly idleMs?: number | undefined
}

/**
 * Fetches the rest of a file: from where it is, by range requests, over as many connections as it takes. A server without ranges, and one
 * that answers a range with something else, is asked for the whole.
 * @throws MODEL_UNAVAILABLE, MODEL_INTEGRITY where the server's file has another size; an abort rejects with signal.reason
 */
export async function download(url: string, part: PartialFile, options: DownloadOptions): Promise<void> {
  const patience = new Patience(options, part.have)
  while (part.have < part.bytes.length) {
    options.signal?.throwIfAborted()
    const dog = watchdog(options.idleMs ?? 30_000, options.signal)
    try {
      await new Attempt(url, part, options, dog).run()
    } catch (failure) {
      options.signal?.throwIfAborted()
      if (!(failure instanceof Transient)) throw failure
      await patience.wait(failure, part.have, options.signal)
    } finally {
      dog.stop()
    }
  }
}

/** One request, and what comes of it. */
class Attempt {
  readonly #url: string
  readonly #part: PartialFile
  readonly #options: DownloadOptions
  readonly #dog: Watchdog

  constructor(url: string, part: PartialFile, options: DownloadOptions, dog: Watchdog) {
    this.#url = url
    this.#part = part
    this.#options = options
    this.#dog = dog
  }

  async run(): Promise<void> {
    const part = this.#part
    const from = part.have
    const response = await this.#ask(from)
    if (response.status === 206) {
      const fault = rangeFault(response, from, part.bytes.length, part.validator)
      if (fault) return await this.#askWhole(`gave ${fault}`)
    } else if (response.status === 200) {
      if (from > 0) await this.#restart()
      const length = lengthOf(response)
      if (length !== undefined && length !== part.bytes.length)
        throw mismatch(shownUrl(this.#url), 'bytes', part.bytes.length, length)
    } else if (response.status === 416) {
      return await this.#askWhole('refused the range')
    } else throw this.#refusal(response)
    // Of a range it is the version that is known already, unless none was.
    if (part.have === 0 || !part.validator.etag) part.validator = validatorOf(response)
    await part.identified()
    await this.#receive(response)
  }

  async #ask(from: number): Promise<Response> {
    const { headers, reload } = this.#options
    const { location } = web
    const crossOrigin = location?.href !== undefined && new URL(this.#url).origin !== new URL(location.href).origin
    const range = rangeHeaders(from, this.#part.validator, crossOrigin)
    const init = { headers: { ...headers, ...range }, signal: this.#dog.signal, ...(reload && { cache: 'reload' }) }
    try {
      return await this.#dog.within(fetch(this.#url, init as RequestInit))
    } catch (cause) {
      const why = this.#dog.expired ? 'no answer' : reasonOf(cause)
      throw new Transient(this.#error(`could not be fetched (${why}); ${networkRemedy()}`, {}, cause))
    }
  }

  async #receive(response: Response): Promise<void> {
    const part = this.#part
    const size = part.bytes.length
    const reader = response.body?.getReader()
    let cause: unknown
    while (reader && part.have < size) {
      let chunk: Uint8Array | undefined
      try {
        chunk = (await this.#dog.within(reader.read())).value
      } catch (error) {
        cause = error
      }
      if (!chunk) break
      if (chunk.length > size - part.have) {
        if (response.status === 206) return await this.#askWhole('sent more than it said')
        throw mismatch(shownUrl(this.#url), 'bytes', size, `more than ${size}`)
      }
      part.bytes.set(chunk, part.have)
      part.have += chunk.length
      await part.grown()
    }
    if (part.have === size) return
    const why = this.#dog.expired ? 'the server fell silent' : cause ? reasonOf(cause) : 'the body ended'
    const message = `broke off after ${part.have} of ${size} bytes (${why}); try again, it goes on from there`
    throw new Transient(this.#error(message, { loaded: part.have, total: size }, cause))
  }

  #refusal(response: Response): Error | Transient {
    const { status, headers } = response
    const error = this.#error(`was answered with HTTP ${status}; ${remedyFor(status)}`, { status })
    const passing = status === 408 || status === 425 || status === 429 || status >= 500
    return passing ? new Transient(error, Number(headers.get('retry-after') ?? 0) * 1000 || undefined) : error
  }

  async #askWhole(what: string): Promise<never> {
    await this.#restart()
    throw new Transient(this.#error(`cannot be resumed: the server ${what}; try again`))
  }

  async #restart(): Promise<void> {
    this.#part.have = 0
    this.#part.validator = {}
    await this.#part.restarted()
  }

  #error(problem: string, details: object = {}, cause?: unknown): I2iError {
    return unavailable(this.#url, 'model file', problem, details, cause)
  }
}
