import { I2iError, type RawImage } from '@i2i/color'
import { type Canvas, type Context2d, host, type Pixels } from './dom.js'

/** Draws an RGBA picture on a canvas, which takes its size. @throws OPTION_INVALID */
export function drawOn(canvas: Canvas, picture: RawImage): void {
  const context = contextOf(canvas)
  const { width, height } = picture
  if (canvas.width !== width) canvas.width = width
  if (canvas.height !== height) canvas.height = height
  context.putImageData(imageData(picture), 0, 0)
}

/** A 2d context that can be drawn on. @throws OPTION_INVALID */
export function contextOf(canvas: Canvas): Context2d {
  const context = orRefusal(() => canvas.getContext('2d'))
  if (!context) {
    throw new I2iError(
      'OPTION_INVALID',
      'into: the canvas has a context of another kind (WebGL, WebGPU or bitmaprenderer), and a canvas has one only; pass one that is fresh or has a 2d context',
    )
  }
  if (context.isContextLost?.()) {
    throw new I2iError('OPTION_INVALID', "into: the canvas' context is lost; wait for contextrestored, or pass another")
  }
  return context
}

function orRefusal<T>(ask: () => T): T {
  try {
    return ask()
  } catch (cause) {
    throw new I2iError(
      'OPTION_INVALID',
      'into: the canvas was handed over by transferControlToOffscreen(); pass the OffscreenCanvas, where it is',
      { cause },
    )
  }
}

/** An ImageData over an RGBA picture's own bytes. @throws OPTION_INVALID where the host has none */
export function imageData({ planes: [plane], width, height }: RawImage): Pixels {
  const { ImageData } = host
  if (!ImageData || !plane) {
    throw new I2iError('OPTION_INVALID', 'this host has no ImageData; ask for "RawImage" with format "RGBA"')
  }
  const { buffer, byteOffset, byteLength } = plane.data
  return new ImageData(new Uint8ClampedArray(buffer, byteOffset, byteLength), width, height)
}
