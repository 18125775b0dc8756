import { I2iError, type RawImage, rawImage } from '@i2i/color'
import { isRawImage } from '../sinks.js'
import { brand } from '../sources.js'
import type { ImageForms, TranslateOptions, Translation } from '../types.js'
import type { WireOptions, WireTranslation } from './protocol.js'
import type { Parcel } from './wire.js'

/** How `into` goes over. */
export interface Target {
  /** For the message, at the time it is sent. */
  sent(): Parcel<Pick<WireOptions, 'into' | 'canvas' | 'drawn'>>
  /** What is left to do here when the result is back. */
  filled?<A extends keyof ImageForms>(translation: Translation<A>, answered: WireTranslation): Translation<A>
}

/** The targets of one worker; canvases move there once. */
export class Targets {
  readonly #canvases = new WeakMap<object, number>()
  #last = 0

  /** @throws IMAGE_INVALID, OPTION_INVALID */
  async open(into: TranslateOptions['into']): Promise<Target> {
    if (into === undefined) return { sent: () => ({ value: {}, moved: [] }) }
    if (isRawImage(into)) return imageTarget(into)
    switch (brand(into)) {
      case 'OffscreenCanvas':
        return this.#canvasTarget(into)
      case 'HTMLCanvasElement': {
        const { elementTarget } = await import('./elements.js')
        return elementTarget(into)
      }
      default:
        throw new I2iError(
          'OPTION_INVALID',
          `into: expected a RawImage, an HTMLCanvasElement or an OffscreenCanvas, got ${brand(into)}`,
          { details: { into: brand(into) } },
        )
    }
  }

  #canvasTarget(canvas: object): Target {
    return {
      sent: () => {
        const known = this.#canvases.get(canvas)
        if (known !== undefined) return { value: { canvas: { id: known } }, moved: [] }
        const id = ++this.#last
        this.#canvases.set(canvas, id)
        return { value: { canvas: { id, canvas } }, moved: [canvas] }
      },
    }
  }
}

function imageTarget(into: RawImage): Target {
  const { format, width, height, colorSpace } = rawImage(into)
  return {
    sent: () => ({ value: { into: { format, width, height, colorSpace } }, moved: [] }),
    filled: ({ image, ...rest }) => {
      copyInto(into, image as RawImage)
      return { ...rest, image: into as typeof image }
    },
  }
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
