import { breath } from './breath.js'
import { closeFrame, type StreamEnds } from './pair.js'

/** What a stream is told besides its ends. */
export interface FrameStreamInit<F> {
  readonly late: 'wait' | 'drop'
  /** Any of them that aborts ends the stream with its reason. */
  readonly signals: readonly AbortSignal[]
  translate(frame: F, signal: AbortSignal): Promise<F>
  /** Called once, when the stream is over. */
  ended?(): void
}

interface Waiting<F> {
  readonly frame: F
  /** Lets the writer go on. */
  taken(): void
  refused(reason: unknown): void
}

// Milliseconds: half of what a page has between two paintings.
const mostBreathless = 8

/** One frame is translated, or done and not yet read; one waits. */
export class FrameStream<F> {
  readonly #ends: StreamEnds<F>
  readonly #init: FrameStreamInit<F>
  readonly #stop = new AbortController()
  readonly #deaf = new AbortController()
  #waiting: Waiting<F> | undefined
  #running: F | undefined
  /** Translated, and not yet the reader's. */
  #result: F | undefined
  #wanted = false
  #finishing: { drained(): void; failed(reason: unknown): void } | undefined
  #wake: () => void = () => undefined

  constructor(ends: StreamEnds<F>, init: FrameStreamInit<F>) {
    this.#ends = ends
    this.#init = init
    // The writer's abort() itself waits for the write under way, which may wait for a reader: its signal does not.
    for (const signal of [ends.writer.signal, ends.cancelled, ...init.signals]) {
      const end = (): void => this.end(signal.reason)
      if (signal.aborted) end()
      else signal.addEventListener('abort', end, { signal: this.#deaf.signal })
    }
    void this.#run()
  }

  /** Settles when the frame's turn comes; with `drop` at once. */
  write(frame: F): Promise<void> {
    return new Promise((taken, refused) => {
      const { aborted, reason } = this.#stop.signal
      if (aborted) return refused(reason)
      if (this.#waiting) this.#close(this.#waiting.frame)
      this.#waiting = { frame, taken, refused }
      if (this.#init.late === 'drop') taken()
      this.#wake()
    })
  }

  /** No frame comes any more. Settles when the last one is translated, read or not. */
  finish(): Promise<void> {
    return new Promise((drained, failed) => {
      this.#finishing = { drained, failed }
      this.#tellDrained()
      this.#wake()
    })
  }

  /** A reader waits for a frame. */
  want(): void {
    this.#wanted = true
    this.#wake()
  }

  /** Ends both sides with `reason`, whatever is going on; harmless when it is over. */
  end(reason: unknown): void {
    if (this.#ends.over) return
    // Without a reason this makes an AbortError.
    this.#stop.abort(reason)
    const error: unknown = this.#stop.signal.reason
    // An aborted writer is about to fail by itself; Node 20 does not survive it when it is told to as well.
    if (!this.#ends.writer.signal.aborted) this.#ends.writer.error(error)
    this.#ends.reader.error(error)
    this.#waiting?.refused(error)
    this.#finishing?.failed(error)
    closeFrame(this.#result)
    this.#release()
    this.#wake()
  }

  async #run(): Promise<void> {
    try {
      for (let last = performance.now(); ; ) {
        await this.#until(() => this.#waiting !== undefined || this.#finishing !== undefined)
        if (!this.#waiting) break
        await this.#translate(this.#waiting)
        await this.#deliver()
        if (performance.now() - last < mostBreathless) continue
        await breath()
        last = performance.now()
      }
      this.#ends.reader.close()
      this.#release()
    } catch (error) {
      this.end(error)
    }
  }

  async #translate({ frame, taken }: Waiting<F>): Promise<void> {
    this.#waiting = undefined
    this.#running = frame
    taken()
    try {
      const result = await this.#init.translate(frame, this.#stop.signal)
      // A session may pay no heed to the signal.
      if (this.#stop.signal.aborted) closeFrame(result)
      else this.#result = result
    } finally {
      this.#running = undefined
      this.#close(frame)
    }
  }

  async #deliver(): Promise<void> {
    this.#tellDrained()
    await this.#until(() => {
      // A reader that let go took its wish along: the frame would lie in the queue, where a cancel drops it.
      if (!this.#ends.readable.locked) this.#wanted = false
      return this.#wanted
    })
    this.#wanted = false
    // Only end() takes it away, and then the wait above throws.
    const result = this.#result as F
    this.#result = undefined
    this.#ends.reader.enqueue(result)
  }

  #tellDrained(): void {
    if (!this.#waiting && this.#running === undefined) this.#finishing?.drained()
  }

  async #until(ready: () => boolean): Promise<void> {
    for (;;) {
      this.#stop.signal.throwIfAborted()
      if (ready()) return
      await new Promise<void>((wake) => {
        this.#wake = wake
      })
    }
  }

  // Frames that were written too late to be heard of are closed here too; the one under way once nobody reads it.
  #release(): void {
    this.#ends.over = true
    this.#deaf.abort()
    this.#init.ended?.()
    for (const frame of this.#ends.owned) if (frame !== this.#running) this.#close(frame)
  }

  #close(frame: F): void {
    if (this.#ends.owned.delete(frame)) closeFrame(frame)
  }
}
