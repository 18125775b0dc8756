import type { Backend, Device } from '@i2i/core'

/** What one check of the backend suite works on. */
export interface Subject {
  readonly backend: Backend
  readonly device: Device
  /** Largest error of a float32 result of a small graph, relative to 1. */
  readonly tolerance: number
  /** Whether it computes in float16; GPUs may lack it. */
  readonly float16: boolean
  /** Bytes that the process holds now, after a collection. */
  liveBytes(): number | Promise<number>
}

/** A named check. */
export type Checks<Name extends string> = Readonly<Record<Name, (subject: Subject) => Promise<void>>>
