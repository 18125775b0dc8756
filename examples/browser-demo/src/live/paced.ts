import type { Translator } from '@i2i/core'

// Ten frames a second look like motion; the SDK halves the model's pixels until a frame takes no longer.
const budgetMs = 100
// Enough against flicker, too little to smear.
const steady = 0.4

/** Frames through a translator's stream, one after the other: it keeps time by running the model on fewer pixels, and pictures steady. */
export class PacedStream {
  readonly #writer: WritableStreamDefaultWriter<VideoFrame>
  readonly #reader: ReadableStreamDefaultReader<VideoFrame>

  constructor(translator: Translator) {
    const { readable, writable } = translator.translateStream<VideoFrame>({ budgetMs, steady })
    this.#writer = writable.getWriter()
    this.#reader = readable.getReader()
  }

  /** Whoever gets the result closes it; the frame stays the caller's. @throws what translate() does; DISPOSED when the model was changed */
  async translate(frame: VideoFrame): Promise<VideoFrame> {
    // The reader is told of what goes wrong.
    this.#writer.write(frame.clone()).catch(() => undefined)
    const { value } = await this.#reader.read()
    if (!value) throw new DOMException('the stream has ended', 'AbortError')
    return value
  }

  end(): void {
    this.#writer.close().catch(() => undefined)
    this.#reader.cancel().catch(() => undefined)
  }
}
