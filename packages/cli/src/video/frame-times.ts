import type { Readable } from 'node:stream'

/** The filters that name the time of each frame on a pipe of ffmpeg's: raw video has none. */
export function frameTimeFilters(timeBase: string, fd: number): readonly string[] {
  // Only frames that have metadata are printed.
  return [
    `settb=expr=${timeBase}`,
    'metadata=mode=add:key=i2i:value=1',
    `metadata=mode=print:direct=1:file=pipe\\\\:${fd}`,
  ]
}

/** Reads what those filters print. */
export class FrameTimes {
  readonly #times: number[] = []
  #text = ''
  #ended = false
  #restarts = -1
  #wake: (() => void) | undefined

  constructor(stream: Readable) {
    stream.setEncoding('utf8').on('data', (text: string) => this.#take(text))
    stream.on('close', () => {
      this.#ended = true
      this.#wake?.()
    })
  }

  /** Whether ffmpeg had to set up its filters anew, as it does when the size or kind of frames changes. */
  get restarted(): boolean {
    return this.#restarts > 0
  }

  /** The time of the next frame, in its time base; undefined where there is none. */
  async next(): Promise<number | undefined> {
    while (this.#times.length === 0 && !this.#ended) {
      await new Promise<void>((resolve) => {
        this.#wake = resolve
      })
    }
    return this.#times.shift()
  }

  #take(text: string): void {
    const lines = (this.#text + text).split('\n')
    this.#text = lines.pop() ?? ''
    for (const line of lines) {
      const [, frame, time] = /^frame:(\d+)\s+pts:(-?\d+)/.exec(line) ?? []
      if (time !== undefined) this.#times.push(Number(time))
      // New filters count from 0 again.
      if (frame === '0') this.#restarts++
    }
    this.#wake?.()
  }
}
