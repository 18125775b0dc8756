import type { Timings } from '@i2i/core'

/** Milliseconds of all frames together. `decode` and `encode` are waiting for ffmpeg alone: it works beside everything else. */
export interface StageTimes {
  readonly decode: number
  readonly pack: number
  readonly run: number
  readonly unpack: number
  readonly dump: number
  readonly encode: number
  /** From the start of reading to the finished file. */
  readonly total: number
}

type Stage = Exclude<keyof StageTimes, 'total'>

/** Adds up where a video's time goes. */
export class StageClock {
  readonly #start = performance.now()
  readonly #times = { decode: 0, pack: 0, run: 0, unpack: 0, dump: 0, encode: 0 }
  #first: number | undefined

  async time<T>(stage: Stage, work: Promise<T>): Promise<T> {
    const start = performance.now()
    const result = await work
    this.#times[stage] += performance.now() - start
    return result
  }

  add(timings: Timings): void {
    for (const stage of ['pack', 'run', 'unpack', 'dump'] as const) this.#times[stage] += timings[stage]
  }

  /** Frames a second since the first was done: starting up is not what a rate is for. */
  fps(frames: number): number {
    const now = performance.now()
    this.#first ??= now
    return frames < 2 ? 1000 / (now - this.#start) : ((frames - 1) * 1000) / (now - this.#first)
  }

  read(): StageTimes {
    return { ...this.#times, total: performance.now() - this.#start }
  }
}
