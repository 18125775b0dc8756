import type { RawImage } from '@i2i/color'
import type { Tensor } from '../ports.js'
import type { ImageForms, Translation } from '../types.js'
import { movedImage, movedTensor } from './pictures.js'
import type { WireTranslation } from './protocol.js'
import type { Parcel } from './wire.js'

/** A result without its methods, its memory moved. */
export async function sent(
  { image, outputs, transform, timings }: Translation<keyof ImageForms>,
  drawn?: object,
): Promise<Parcel<WireTranslation>> {
  const picture = sentPicture(image)
  const moved = [...picture.moved]
  const others: Record<string, RawImage | Tensor> = {}
  for (const [name, output] of Object.entries(outputs)) {
    const parcel = 'planes' in output ? movedImage(output) : await movedTensor(output)
    others[name] = parcel.value
    moved.push(...parcel.moved)
  }
  const value = { image: picture.value, outputs: others, transform, timings, ...(drawn && { drawn }) }
  return { value, moved: [...new Set(drawn ? [...moved, drawn] : moved)] }
}

function sentPicture(image: unknown): Parcel<unknown> {
  if (typeof image !== 'object' || image === null) return { value: image, moved: [] }
  if ('planes' in image) return movedImage(image as RawImage)
  // An ImageData would be copied; its pixels can move, and become one again there.
  if ('data' in image) {
    const { data, width, height } = image as { data: Uint8ClampedArray; width: number; height: number }
    return { value: { data, width, height }, moved: [data.buffer as ArrayBuffer] }
  }
  return { value: image, moved: [image] }
}

interface RelayCanvas {
  transferToImageBitmap(): object
}

/** A canvas in place of one that is in the page; its content can move there. */
export function relayCanvas(): RelayCanvas {
  const { OffscreenCanvas } = globalThis as unknown as {
    OffscreenCanvas: new (width: number, height: number) => RelayCanvas
  }
  return new OffscreenCanvas(1, 1)
}
