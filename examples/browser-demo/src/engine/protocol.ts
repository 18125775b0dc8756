import type { Decision, Device, Timings } from '@i2i/core'

/** What the page lets a visitor choose. */
export interface Settings {
  readonly model: 'toon' | 'enlarge' | 'identity'
  readonly backend: 'ort' | 'tfjs'
  readonly device: 'auto' | Device
}

/** How far a model is: bytes while downloading and verifying, steps later. */
export interface Progress {
  readonly phase: 'download' | 'verify' | 'compile' | 'warmup'
  readonly loaded: number
  readonly total?: number
}

/** A model that is ready for pictures. */
export interface Opened {
  readonly backend: string
  readonly device: Device
  readonly decisions: readonly Decision[]
  /** What was downloaded, each file held to its hash. */
  readonly files: readonly { readonly path: string; readonly bytes: number; readonly sha256: string }[]
}

/** A picture to translate; a VideoFrame is handed over and closed. */
export type Picture = ImageData | VideoFrame

/** One picture translated. */
export interface Translated {
  readonly image: ImageData
  readonly timings: Timings
  readonly decisions: readonly Decision[]
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

/** Why something did not work, in a form that survives the way out of a worker. */
export interface Failure {
  readonly code: string
  readonly message: string
  readonly decisions: readonly Decision[]
}

export type Outcome<T> = { readonly ok: true; readonly value: T } | { readonly ok: false; readonly failure: Failure }
