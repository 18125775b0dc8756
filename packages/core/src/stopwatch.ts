import type { Timings } from './types.js'

type Stage = 'decode' | 'pack' | 'run' | 'unpack'

export interface Stopwatch {
  /** Starts the next stage now: what passed since the last one belongs to none. */
  mark(): void
  /** Adds what passed since the last mark to a stage. */
  lap(stage: Stage): void
  read(): Pick<Timings, Stage | 'total'>
}

/** The times of one call's stages, in milliseconds. */
export function stopwatch(): Stopwatch {
  const start = performance.now()
  const laps = { decode: 0, pack: 0, run: 0, unpack: 0 }
  let last = start
  return {
    mark: () => {
      last = performance.now()
    },
    lap: (stage) => {
      laps[stage] += performance.now() - last
    },
    read: () => ({ ...laps, total: performance.now() - start }),
  }
}
