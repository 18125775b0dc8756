import { describe } from 'vitest'
import type { EngineBounds, OpenEngine } from './bounds.js'
import { exhaustive } from './exhaustive.js'
import { knownColors } from './known-colors.js'
import { memory } from './memory.js'
import { misuse } from './misuse.js'
import { randomPictures } from './random-pictures.js'
import { randomTensors } from './random-tensors.js'
import { resampling } from './resampling.js'
import { roundTrip } from './round-trip.js'

export interface EngineSuiteOptions {
  readonly bounds: EngineBounds
  /** Distance between the levels of the lattice of colours; default 17 (16 levels a component). */
  readonly step?: number
  /** Random pictures for each property; default 60. */
  readonly runs?: number
  /** What the engine cannot be asked, and why: `memory` (all checks of allocate, into and lifetimes), or mistakes by name. */
  readonly exclude?: Readonly<Record<string, string>>
}

/** What every ColorEngine must do: independent oracles first, then agreement with the reference. `open` gives a new engine at each call. */
export function engineSuite(
  name: string,
  open: OpenEngine,
  { bounds, step = 17, runs = 60, exclude = {} }: EngineSuiteOptions,
): void {
  describe(`colour engine ${name}`, () => {
    knownColors(open, bounds)
    resampling(open, bounds)
    roundTrip(open)
    exhaustive(open, bounds, step)
    randomPictures(open, bounds, runs)
    randomTensors(open, bounds, runs)
    const { memory: withoutMemory, ...mistakes } = exclude
    if (withoutMemory === undefined) memory(open)
    misuse(open, mistakes)
  })
}
