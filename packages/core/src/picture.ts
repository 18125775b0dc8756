import type { RawImage } from '@i2i/color'
import type { Decision } from './types.js'

/** A source's pixels and what else it said. They are valid until the next source is read. */
export interface Picture {
  readonly image: RawImage
  /** When a video shows it and for how long, in microseconds. */
  readonly time?: { readonly timestamp: number; readonly duration?: number }
  /** What was done to the pixels before we saw them. */
  readonly decision?: Decision
}
