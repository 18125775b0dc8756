import { I2iError } from '@i2i/color'
import { brand } from '../sources.js'
import type { Parts } from '../translate.js'
import type { StreamOptions, TranslateOptions, Translation } from '../types.js'
import { TimeBudget } from './budget.js'
import { FrameStream } from './frame-stream.js'
import type { StreamEnds, StreamFrame } from './pair.js'
import { Steadier } from './steady.js'

/** What a stream takes of its translator. */
export interface StreamHost {
  readonly parts: Parts
  /** Aborts with DISPOSED. */
  readonly disposed: AbortSignal
  /** A call like any other, with parts that may differ. */
  run<A extends 'RawImage' | 'VideoFrame'>(
    parts: Parts,
    frame: StreamFrame,
    call: TranslateOptions<A>,
  ): Promise<Translation<A>>
}

/** Puts a translator between two ends. */
export function openStream<F extends StreamFrame>(
  ends: StreamEnds<F>,
  options: StreamOptions,
  host: StreamHost,
): FrameStream<F> {
  const { late = 'wait', signal, format, budgetMs, steady = 0 } = options
  const { manifest, plans, state } = host.parts
  const budget = budgetMs === undefined ? undefined : new TimeBudget(budgetMs, manifest, state)
  const steadier = steady > 0 ? new Steadier(steady) : undefined
  const parts: Parts = {
    ...host.parts,
    ...(budget && { plans: { get: (image, call) => plans.get(image, { ...call, halvings: budget.halvings }) } }),
    ...(steadier && { retouch: (picture, source) => steadier.retouch(picture, source) }),
  }
  return new FrameStream(ends, {
    late,
    signals: signal ? [host.disposed, signal] : [host.disposed],
    translate: async (frame, signal) => {
      const as = kindOf(frame)
      const kept = format ?? (as === 'VideoFrame' ? formatOf(frame) : undefined)
      const { image, timings } = await host.run(parts, frame, { as, signal, ...(kept && { format: kept }) })
      budget?.took(timings.total - timings.dump)
      // The result is of the frame's kind.
      return image as F
    },
  })
}

// On the GPU frames become RGB, and what was said of their colours is lost: those that say something go through memory.
function formatOf(frame: object): 'I420' | undefined {
  const { format } = frame as { readonly format?: string | null }
  return format?.startsWith('I4') || format?.startsWith('NV') ? 'I420' : undefined
}

function kindOf(frame: unknown): 'RawImage' | 'VideoFrame' {
  if (brand(frame) === 'VideoFrame') return 'VideoFrame'
  if (typeof frame === 'object' && frame !== null && ('planes' in frame || 'data' in frame)) return 'RawImage'
  throw new I2iError('IMAGE_INVALID', `a stream takes VideoFrames and RawImages, got ${String(frame)}`)
}
