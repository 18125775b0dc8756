import { I2iError, type RawImage } from '@i2i/color'
import { displayP3 } from '../sources.js'
import { type Canvas, type Context2d, type Drawable, host, type Pixels } from './dom.js'

/** Draws an RGBA picture on a canvas, which takes its size. */
export function drawOn(context: Context2d, picture: RawImage, source: RawImage): void {
  resize(context.canvas, picture)
  context.putImageData(imageData(picture, source), 0, 0)
}

/** Gives a canvas a size; one that is right stays, for setting it would clear the canvas and reset its context. */
export function resize(canvas: Canvas, { width, height }: Drawable): void {
  if (canvas.width !== width) canvas.width = width
  if (canvas.height !== height) canvas.height = height
}

/** The 2d context of a canvas. @throws OPTION_INVALID */
export function contextOf(canvas: Canvas): Context2d {
  const context = orRefusal(() => canvas.getContext('2d'))
  if (!context) {
    throw new I2iError(
      'OPTION_INVALID',
      'into: the canvas has a context of another kind, and a canvas has one only; pass one that is fresh or has a 2d context (a webgpu context where the model runs on WebGPU)',
    )
  }
  if (context.isContextLost?.()) {
    throw new I2iError('OPTION_INVALID', "into: the canvas' context is lost; wait for contextrestored, or pass another")
  }
  return context
}

/** Whether somebody gave the canvas a WebGPU context; one that has none yet gets a 2d context. @throws OPTION_INVALID */
export function hasWebGpu(canvas: Canvas): boolean {
  return orRefusal(() => canvas.getContext('2d') === null && canvas.getContext('webgpu') !== null)
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

/** An ImageData over an RGBA picture's own bytes, in the colours of its source: sRGB, or display-p3. @throws OPTION_INVALID where the host has none */
export function imageData({ planes: [plane], width, height }: RawImage, source: RawImage): Pixels {
  const { ImageData } = host
  if (!ImageData || !plane) {
    throw new I2iError('OPTION_INVALID', 'this host has no ImageData; ask for "RawImage" with format "RGBA"')
  }
  const { buffer, byteOffset, byteLength } = plane.data
  const bytes = new Uint8ClampedArray(buffer, byteOffset, byteLength)
  const wide = source.colorSpace.primaries === displayP3.primaries
  return new ImageData(bytes, width, height, wide ? { colorSpace: 'display-p3' } : {})
}
