import type { GpuDevice } from './gpu.js'
import type { Pool } from './pool.js'
import type { SourceShape } from './shapes.js'

/** A source that is ready to be bound. */
export interface BoundSource {
  readonly shape: SourceShape
  /** What a bind group takes. */
  readonly binding: object
  /** The buffer or texture that is read, to be told from the one that is written. */
  readonly memory: object
  /** Gives back what was made for this use. */
  release(): void
}

/** Where sources are made ready. */
export interface Host {
  readonly device: GpuDevice
  readonly pool: Pool
  /** Throws where a picture of this engine's was disposed. */
  checkPicture(picture: object, what: string): void
}

/** Of a source that is the caller's. */
export const nothing = (): void => {}
