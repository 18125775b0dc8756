import { I2iError, type RawImage, rawImage } from '@i2i/color'
import type { ImageForms, TranslateOptions, Translation } from '../types.js'
import type { WireOptions } from './protocol.js'
import type { Parcel } from './wire.js'

/** How `into` goes over, and what is left to do here when the result is back. */
export interface SentTarget extends Parcel<Pick<WireOptions, 'into' | 'canvas'>> {
  filled<A extends keyof ImageForms>(translation: Translation<A>): Translation<A>
}

/** @throws IMAGE_INVALID, OPTION_INVALID */
export function sentTarget(into: TranslateOptions['into']): SentTarget {
  if (into === undefined) return { value: {}, moved: [], filled: (translation) => translation }
  if (isRawImage(into)) {
    const { format, width, height, colorSpace } = rawImage(into)
    return {
      value: { into: { format, width, height, colorSpace } },
      moved: [],
      filled: ({ image, ...rest }) => {
        copyInto(into, image as RawImage)
        return { ...rest, image: into as typeof image }
      },
    }
  }
  throw new I2iError('OPTION_INVALID', 'into: a canvas is not built yet; pass a RawImage, or putImageData() the result')
}

function isRawImage(into: unknown): into is RawImage {
  return typeof into === 'object' && into !== null && 'planes' in into
}

// The worker made sure that format and size are the same; its rows lie without gaps.
function copyInto(into: RawImage, from: RawImage): void {
  into.planes.forEach(({ data, stride }, index) => {
    const plane = from.planes[index]
    if (!plane) return
    for (let row = 0; row * plane.stride < plane.data.length; row++) {
      data.set(plane.data.subarray(row * plane.stride, (row + 1) * plane.stride), row * stride)
    }
  })
}
