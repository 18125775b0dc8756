import { I2iError, type RawImage, rawImage } from '@i2i/color'
import { type Context2d, host } from './dom.js'

/** One canvas for reading pixels, kept from frame to frame. */
export class ScratchCanvas {
  #context: Context2d | undefined

  /** What `picture` looks like at a size, as RGBA. @throws what the browser does: SecurityError for a picture of another origin */
  read(picture: object, width: number, height: number): RawImage {
    this.#context ??= context({ willReadFrequently: true })
    const context2d = this.#context
    try {
      return draw(context2d, picture, width, height)
    } catch (error) {
      // A canvas that once held pixels of another origin is of no more use.
      this.#context = undefined
      throw error
    }
  }

  /** As read(), in half floats: 8 bits multiplied by alpha would lose colour. Undefined where the browser has no such canvas. */
  readStraight(picture: object, width: number, height: number): RawImage | undefined {
    const options = { willReadFrequently: true, colorType: 'float16' }
    const context2d = context(options) as Context2d & { getContextAttributes?(): { colorType?: string } }
    if (context2d.getContextAttributes?.().colorType !== 'float16') return undefined
    return draw(context2d, picture, width, height)
  }
}

function draw(context2d: Context2d, picture: object, width: number, height: number): RawImage {
  const { canvas } = context2d
  if (canvas.width !== width || canvas.height !== height) {
    canvas.width = width
    canvas.height = height
  } else {
    context2d.clearRect(0, 0, width, height)
  }
  context2d.drawImage(picture, 0, 0, width, height)
  const { data } = context2d.getImageData(0, 0, width, height)
  return rawImage({ format: 'RGBA', width, height, data })
}

function context(options: object): Context2d {
  const { OffscreenCanvas, document } = host
  const canvas = OffscreenCanvas ? new OffscreenCanvas(1, 1) : document?.createElement('canvas')
  const context2d = canvas?.getContext('2d', options)
  if (context2d) return context2d
  throw new I2iError('OPTION_INVALID', 'this host has no canvas to read pictures with; pass a RawImage or an ImageData')
}
