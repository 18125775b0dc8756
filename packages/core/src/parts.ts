import type { ColorEngine, RawImage } from '@i2i/color'
import type { Browser } from './browser/index.js'
import type { CallTap } from './dump-tap.js'
import type { GpuPath } from './gpu/index.js'
import type { ModelManifest } from './manifest.js'
import type { PlanCache } from './plan.js'
import type { RebuildingSession } from './rebuilding.js'
import type { Decision, ImageForms, ImageSource, TranslateOptions } from './types.js'

/** What every call of one translator shares. */
export interface Parts {
  readonly manifest: ModelManifest
  readonly session: RebuildingSession
  readonly color: ColorEngine
  readonly plans: Pick<PlanCache, 'get'>
  /** What reads and makes a browser's pictures: loaded when the first comes. */
  browser(): Promise<Browser>
  /** What keeps pixels on the GPU: loaded when the first call can use it. */
  gpu(): Promise<GpuPath>
  /** Adds to the translator's decisions what is news. */
  state(decision: Decision): void
  /** Changes a result in place before it is handed over, given its source: how a stream steadies its frames. */
  retouch?(picture: RawImage, source: RawImage): void
}

/** One call of translate(). */
export interface Call<A extends keyof ImageForms> {
  readonly source: ImageSource
  readonly options: TranslateOptions<A>
  /** Whether it is the translator's first. */
  readonly cold: boolean
  readonly tap?: CallTap
}
