import type { PixelFormat, RawImage } from '@i2i/color'
import type { Size } from './geometry.js'
import type { Parts } from './parts.js'
import type { Picture } from './picture.js'
import type { Target } from './plan.js'
import type { ImageForms, TranslateOptions } from './types.js'

/** What a result is made into. */
export interface Sink<A extends keyof ImageForms> {
  /** The format to unpack to, given the source's pixels; undefined: theirs. */
  format(source: RawImage): PixelFormat | undefined
  /** Where to unpack to; undefined: to an image of its own. */
  into(size: Size, target: Target): RawImage | undefined
  /** Hands the picture over. */
  deliver(picture: RawImage, source: Picture): ImageForms[A] | Promise<ImageForms[A]>
}

/** What `as` and `into` ask for, before any work is done for it. @throws OPTION_INVALID for what does not go together */
export async function openSink<A extends keyof ImageForms>(
  options: TranslateOptions<A>,
  parts: Parts,
): Promise<Sink<A>> {
  const { as = 'RawImage', into, format } = options
  if (as !== 'RawImage' || (into !== undefined && !isRawImage(into)))
    return (await parts.browser()).sink(options, parts)
  return {
    format: () => format,
    into: () => into,
    deliver: (picture) => picture as ImageForms[A],
  }
}

/** Whether `into` is an image and not a canvas. */
export function isRawImage(into: unknown): into is RawImage {
  return typeof into === 'object' && into !== null && 'planes' in into
}
