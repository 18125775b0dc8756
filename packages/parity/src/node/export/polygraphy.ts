import { npyFile } from '@i2i/core/dump'
import type { NamedArray } from './safetensors.js'

/** What one call fed and gave. */
export interface Exchange {
  readonly inputs: readonly NamedArray[]
  readonly outputs: readonly NamedArray[]
  /** Seconds in the model. */
  readonly runtime: number
}

/** The text of Polygraphy's inputs.json (`--load-inputs`): one feed for each call. */
export function polygraphyInputs(calls: readonly Exchange[]): string {
  return JSON.stringify(
    calls.map(({ inputs }) => Object.fromEntries(inputs.map((array) => [array.name, ndarray(array)]))),
  )
}

/** The text of Polygraphy's outputs.json (`--load-outputs`): the results of one runner, one iteration for each call. */
export function polygraphyOutputs(calls: readonly Exchange[], runner: string): string {
  const iterations = calls.map(({ outputs, runtime }) => ({
    outputs: Object.fromEntries(
      outputs.map((array) => [array.name, { values: ndarray(array), polygraphy_class: 'LazyArray' }]),
    ),
    runtime,
    runner_name: runner,
    polygraphy_class: 'IterationResult',
  }))
  return JSON.stringify({ lst: [[runner, iterations]], polygraphy_class: 'RunResults' })
}

function ndarray({ data, dtype, dims }: NamedArray) {
  return { array: Buffer.from(npyFile(data, dtype, dims)).toString('base64'), polygraphy_class: 'ndarray' }
}
