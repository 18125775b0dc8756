import { I2iError } from '@i2i/color'

const stageNames: readonly string[] = ['sdkInput', 'modelInput', 'modelOutput', 'sdkOutput']

/** What of the calls goes into a dump. */
export interface SamplingOptions {
  /** Stages to write; default all four: sdkInput, modelInput, modelOutput, sdkOutput. */
  stages?: readonly string[]
  /** Writes the first call of every so many; default 1. */
  every?: number
  /** Writes this many calls at most; default all. */
  first?: number
  /** Keeps only calls that failed, with what they had reached; `every` and `first` then count those. Default false. */
  onError?: boolean
  /** Stages whose statistics and hash are kept, and whose numbers are not; default none. */
  redact?: readonly string[]
}

/** Decides which calls and stages are written. */
export class Sampling {
  readonly redact: ReadonlySet<string>
  readonly #stages: ReadonlySet<string> | undefined
  readonly #every: number
  readonly #first: number
  readonly #onError: boolean
  #seen = 0
  #kept = 0

  /** @throws OPTION_INVALID */
  constructor({ stages, every = 1, first, onError = false, redact = [] }: SamplingOptions) {
    this.#stages = stages && checkStages('stages', stages)
    this.redact = checkStages('redact', redact)
    this.#every = checkCount('every', every)
    this.#first = first === undefined ? Number.POSITIVE_INFINITY : checkCount('first', first)
    this.#onError = onError
  }

  /** Whether no further call will be kept. */
  get full(): boolean {
    return this.#kept >= this.#first
  }

  wantsStage(stage: string): boolean {
    return this.#stages?.has(stage) ?? true
  }

  /** Whether a call that begins now is written. */
  begins(): boolean {
    return this.#onError ? !this.full : this.#counts()
  }

  /** Whether a call that was written is kept, now that its outcome is known. */
  keeps(outcome: unknown): boolean {
    return !this.#onError || (outcome !== 'ok' && this.#counts())
  }

  #counts(): boolean {
    const wanted = this.#seen++ % this.#every === 0 && !this.full
    if (wanted) this.#kept++
    return wanted
  }
}

function checkStages(option: string, stages: readonly string[]): ReadonlySet<string> {
  if (!Array.isArray(stages)) {
    throw new I2iError('OPTION_INVALID', `${option} is ${String(stages)}; give a list of ${stageNames.join(', ')}`)
  }
  const unknown = (stages as readonly string[]).find((stage) => !stageNames.includes(stage))
  if (unknown === undefined) return new Set(stages)
  throw new I2iError(
    'OPTION_INVALID',
    `${option} names the stage "${unknown}"; the stages are ${stageNames.join(', ')}`,
    { details: { option, value: unknown } },
  )
}

function checkCount(option: string, value: number): number {
  if (Number.isInteger(value) && value >= 1) return value
  throw new I2iError('OPTION_INVALID', `${option} is ${value}; it must be an integer of at least 1`, {
    details: { option, value },
  })
}
