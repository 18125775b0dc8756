import type { ImageForms, Translation } from '../types.js'
import type { WireTranslation } from './protocol.js'

/** A translation that came over, in the form that was asked for. */
export function received<A extends keyof ImageForms>(
  { image, outputs, transform, timings }: WireTranslation,
  as: A | undefined,
): Translation<A> {
  // The worker's translator has made it what `as` says.
  const picture = (as === 'ImageData' ? imageData(image as Pixels) : image) as ImageForms[A]
  return { image: picture, outputs, transform, timings, [Symbol.dispose]: () => close(picture) }
}

/** Frees a translation that nobody waits for any more. */
export function drop({ image }: WireTranslation): void {
  close(image)
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

// Frames and bitmaps hold memory that only close() gives back.
function close(picture: unknown): void {
  if (typeof picture !== 'object' || picture === null) return
  if ('close' in picture && typeof picture.close === 'function') picture.close()
}
