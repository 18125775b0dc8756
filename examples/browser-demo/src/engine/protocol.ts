import type { Decision, Device } from '@i2i/core'

/** What the page lets a visitor choose. */
export interface Settings {
  readonly model: 'toon' | 'enlarge' | 'identity'
  readonly backend: 'ort' | 'tfjs'
  readonly device: 'auto' | Device
}

/** What a link check found: one sentence, what stands behind it, and the whole report as a page. */
export interface LinkVerdict {
  readonly faithful: boolean
  readonly verdict: string
  readonly faults: readonly { readonly code: string; readonly severity: string; readonly message: string }[]
  readonly halves: { readonly before: boolean; readonly after: boolean }
  /** Milliseconds that are not the model's, by stage: the median. */
  readonly milliseconds: Readonly<Record<string, number>>
  readonly report: string
}

/** A value, or why there is none, in a form that survives the way out of a worker. */
export type Outcome<T> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly code: string; readonly message: string; readonly decisions: readonly Decision[] }
