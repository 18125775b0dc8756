import { I2iError } from '@i2i/color'
import { brand } from '../sources.js'
import type { Parts } from '../translate.js'
import type { StreamOptions, TranslateOptions, Translation } from '../types.js'
import { FrameStream } from './frame-stream.js'
import type { StreamEnds, StreamFrame } from './pair.js'

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
  const { late = 'wait', signal } = options
  return new FrameStream(ends, {
    late,
    signals: signal ? [host.disposed, signal] : [host.disposed],
    translate: async (frame, signal) => {
      const { image } = await host.run(host.parts, frame, { as: kindOf(frame), signal })
      // The result is of the frame's kind.
      return image as F
    },
  })
}

function kindOf(frame: unknown): 'RawImage' | 'VideoFrame' {
  if (brand(frame) === 'VideoFrame') return 'VideoFrame'
  if (typeof frame === 'object' && frame !== null && ('planes' in frame || 'data' in frame)) return 'RawImage'
  throw new I2iError('IMAGE_INVALID', `a stream takes VideoFrames and RawImages, got ${String(frame)}`)
}
