import type { Picture } from './protocol.js'

/** A picture's pixels at the size it is shown at. A VideoFrame is closed. */
export function pixelsOf(picture: Picture): ImageData {
  if (picture instanceof ImageData) return picture
  const { displayWidth: width, displayHeight: height } = picture
  const canvas = new OffscreenCanvas(width, height)
  const context = canvas.getContext('2d', { willReadFrequently: true })
  try {
    context?.drawImage(picture, 0, 0, width, height)
    return context?.getImageData(0, 0, width, height) ?? new ImageData(width, height)
  } finally {
    picture.close()
  }
}
