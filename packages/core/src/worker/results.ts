import { closeFrame } from '../stream/pair.js'
import type { ImageForms, Translation } from '../types.js'
import type { WireTranslation } from './protocol.js'

/** A translation that came over, in the form that was asked for. */
export function received<A extends keyof ImageForms>(
  { image, outputs, transform, timings }: WireTranslation,
  as: A | undefined,
): Translation<A> {
  // The worker's translator has made it what `as` says.
  const picture = (as === 'ImageData' ? imageData(image as Pixels) : image) as ImageForms[A]
  return { image: picture, outputs, transform, timings, [Symbol.dispose]: () => closeFrame(picture) }
}

/** Frees a translation that nobody waits for any more. */
export function drop({ image, drawn }: WireTranslation): void {
  closeFrame(image)
  closeFrame(drawn)
}

interface Pixels {
  readonly data: Uint8ClampedArray
  readonly width: number
  readonly height: number
}

function imageData({ data, width, height }: Pixels): unknown {
  const { ImageData } = globalThis as unknown as {
    ImageData: new (data: Uint8ClampedArray, width: number, height: number) => unknown
  }
  return new ImageData(data, width, height)
}
