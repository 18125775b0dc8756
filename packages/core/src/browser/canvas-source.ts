import type { RawImage } from '@i2i/color'
import type { Canvas } from './dom.js'
import { noPixels, unreadable } from './refusal.js'
import type { ScratchCanvas } from './scratch-canvas.js'

/** What a canvas of either kind shows. @throws IMAGE_INVALID */
export function readCanvas(canvas: Canvas, what: string, scratch: ScratchCanvas): RawImage {
  checkSize(canvas, what)
  try {
    const image = scratch.read(canvas, canvas.width, canvas.height)
    if (isBlank(image)) checkContext(canvas, what)
    return image
  } catch (error) {
    throw unreadable(what, error)
  }
}

/** @throws IMAGE_INVALID for a canvas without pixels */
export function checkSize({ width, height }: Canvas, what: string): void {
  if (width > 0 && height > 0) return
  throw noPixels(what, `is ${width}x${height}; give it a size and draw on it`)
}

/**
 * A canvas that lost its context draws as nothing, without an error. Asking one that nobody drew on yet gives it a 2d context.
 * @throws IMAGE_INVALID
 */
export function checkContext(canvas: Canvas, what: string): void {
  if (!isLost(canvas)) return
  throw noPixels(what, 'has lost its context, and with it its pixels; draw it anew once it is restored')
}

function isBlank({ planes: [plane] }: RawImage): boolean {
  return plane?.data.every((byte) => byte === 0) ?? false
}

function isLost(canvas: Canvas): boolean {
  try {
    const context = canvas.getContext('2d') ?? canvas.getContext('webgl2') ?? canvas.getContext('webgl')
    return context?.isContextLost?.() ?? false
  } catch {
    // Its pixels are drawn by an OffscreenCanvas elsewhere.
    return false
  }
}
