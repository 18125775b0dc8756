import type { Decision } from '../types.js'
import type { Parcel } from './wire.js'

/** A picture on its way into the worker; discard() frees it when it does not get there. */
export interface SentSource extends Parcel<object> {
  readonly decision?: Decision
  discard?(): void
}

/** What holds memory that only close() gives back. */
export interface Closable {
  close(): void
}

/** Something that nobody else holds. */
export function closable(value: Closable): SentSource {
  return { value, moved: [value], discard: () => value.close() }
}
