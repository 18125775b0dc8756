import type { Frame } from './frame.js'
import type { YuvLink } from './yuv.js'

/** Puts one fault into a frame. */
export interface FaultInjector {
  readonly code: string
  /** Which variety of the fault. */
  readonly name: string
  /** Two faults of one family hide each other, so a combination has one of each at most. */
  readonly family: string
  /** Where on a frame's path it happens: smaller is earlier. */
  readonly stage: number
  /** Codes that are true of this fault too. */
  readonly also?: readonly string[]
  /** Nothing else can be seen beside it. */
  readonly alone?: true
  /** What it does wrong in a YUV conversion; faults of one frame share one conversion. */
  readonly yuv?: Partial<YuvLink>
  /** Families whose faults it can make invisible. */
  readonly hides?: readonly string[]
  inject(frame: Frame, random: () => number): Frame | Promise<Frame>
}
