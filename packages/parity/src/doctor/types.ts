/** A code of the doctor's table, for example `CHANNELS_SWAPPED`. */
export type FaultCode = string

/** One thing that happened to a picture on its way. */
export interface Fault {
  readonly code: FaultCode
  /** A `note` leaves the picture faithful. */
  readonly severity: 'fault' | 'note'
  /** What happened and what to look for, in one or two sentences. */
  readonly message: string
  /** What was measured: gains and offsets in 8-bit steps, lengths in pixels. */
  readonly evidence: Readonly<Record<string, number | string>>
  /** Codes that this picture cannot tell from this one; few. */
  readonly alternatives: readonly FaultCode[]
}

/** What became of a picture. */
export interface Diagnosis {
  /** No entry is of severity `fault`. */
  readonly faithful: boolean
  readonly faults: readonly Fault[]
  /** Root mean square error that the entries leave unexplained over broad areas, in 8-bit steps. */
  readonly residual: number
}
