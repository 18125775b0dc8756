import type { RawImage } from '@i2i/color'
import type { Canvas } from './dom.js'
import { noPixels, unreadable } from './refusal.js'
import type { ScratchCanvas } from './scratch-canvas.js'

/** What a canvas of either kind shows. @throws IMAGE_INVALID */
export function readCanvas(canvas: Canvas, what: string, scratch: ScratchCanvas): RawImage {
  const { width, height } = canvas
  if (width === 0 || height === 0) {
    throw noPixels(what, `is ${width}x${height}; give it a size and draw on it`)
  }
  try {
    const image = scratch.read(canvas, width, height)
    if (isBlank(image) && isLost(canvas)) {
      throw noPixels(what, 'has lost its context, and with it its pixels; draw it anew once it is restored')
    }
    return image
  } catch (error) {
    throw unreadable(what, error)
  }
}

// A canvas that lost its context draws as nothing, without an error.
function isBlank({ planes: [plane] }: RawImage): boolean {
  return plane?.data.every((byte) => byte === 0) ?? false
}

// Asking a canvas that nobody drew on yet gives it a 2d context: only blank ones are asked.
function isLost(canvas: Canvas): boolean {
  try {
    const context = canvas.getContext('2d') ?? canvas.getContext('webgl2') ?? canvas.getContext('webgl')
    return context?.isContextLost?.() ?? false
  } catch {
    // Its pixels are drawn by an OffscreenCanvas elsewhere.
    return false
  }
}
