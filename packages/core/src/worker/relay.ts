import { I2iError } from '@i2i/color'
import type { StreamFrame } from '../stream/pair.js'

/**
 * A stream that moves to a worker and writes into one that stays. Alone, a stream that moved says that it is closed when that is on its
 * way, not when the last frame is written.
 */
export class Relay {
  readonly stream: WritableStream<StreamFrame>
  readonly #writer: WritableStreamDefaultWriter<StreamFrame>
  #failure: { readonly reason: unknown } | undefined

  /** @throws OPTION_INVALID for a stream that somebody else writes into */
  constructor(sink: WritableStream<StreamFrame>) {
    if (sink.locked)
      throw new I2iError('OPTION_INVALID', 'the sink has a writer already; pass a stream that nobody holds')
    const writer = sink.getWriter()
    const noted = async (work: Promise<void>): Promise<void> => {
      try {
        await work
      } catch (reason) {
        this.#failure ??= { reason }
        throw reason
      }
    }
    writer.closed.catch(() => undefined)
    this.#writer = writer
    this.stream = new WritableStream({
      write: (frame) => noted(writer.write(frame)),
      close: () => noted(writer.close()),
      abort: (reason) => writer.abort(reason),
    })
  }

  /** Resolves when all is written and the sink is closed, and lets go of it. */
  async closed(): Promise<void> {
    await this.#writer.closed
    this.#writer.releaseLock()
  }

  /** Ends the sink with an error, and tells the one to report: what the sink threw itself comes first. */
  async fail(error: unknown): Promise<unknown> {
    const { reason } = this.#failure ?? { reason: error }
    await this.#writer.abort(error).catch(() => undefined)
    this.#writer.releaseLock()
    return reason
  }
}
