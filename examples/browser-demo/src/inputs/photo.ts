import { DemoError } from '../engine/failure.js'

/** A decoded photo, and the size that it had before it was reduced. */
export interface Decoded {
  readonly pixels: ImageData
  readonly width: number
  readonly height: number
}

// What a camera gives takes a model long, and a phone's memory: more only when asked for.
const usualPixels = 1_500_000

/** Decodes a photo the right way up, reduced to a size that is quick unless `full`. @throws IMAGE_INVALID */
export async function decodePhoto(file: Blob, full: boolean): Promise<Decoded> {
  try {
    if (file.size === 0) throw new Error('it is empty')
    if (file.type.startsWith('image/svg')) throw new Error('a drawing has no pixels of its own; save it as a PNG')
    // Not premultiplied: what lies under transparency is part of the picture.
    const bitmap = await createImageBitmap(file, { imageOrientation: 'from-image', premultiplyAlpha: 'none' })
    const { width, height } = bitmap
    const scale = full ? 1 : Math.min(1, Math.sqrt(usualPixels / (width * height)))
    try {
      if (scale === 1) return { pixels: readBitmap(bitmap), width, height }
      const resizeWidth = Math.max(1, Math.round(width * scale))
      const resizeHeight = Math.max(1, Math.round(height * scale))
      const reduced = await createImageBitmap(bitmap, { resizeWidth, resizeHeight, resizeQuality: 'high' })
      try {
        return { pixels: readBitmap(reduced), width, height }
      } finally {
        reduced.close()
      }
    } finally {
      bitmap.close()
    }
  } catch (cause) {
    const name = file instanceof File ? `"${file.name}"` : 'the picture'
    const reason = cause instanceof Error ? cause.message : String(cause)
    throw new DemoError('IMAGE_INVALID', `${name} (${file.type || 'of no stated type'}, ${file.size} bytes): ${reason}`)
  }
}

function readBitmap(bitmap: ImageBitmap): ImageData {
  const { width, height } = bitmap
  const context = new OffscreenCanvas(width, height).getContext('2d', { willReadFrequently: true })
  if (!context) throw new Error(`a canvas of ${width}x${height} could not be had`)
  context.drawImage(bitmap, 0, 0)
  return context.getImageData(0, 0, width, height)
}

/** The bundled photo. @throws MODEL_UNAVAILABLE */
export async function fetchSample(): Promise<Blob> {
  const url = new URL('sample/photo.jpg', document.baseURI)
  const response = await fetch(url).catch((error: unknown) => {
    throw new DemoError('MODEL_UNAVAILABLE', `${url}: ${String(error)}`)
  })
  if (!response.ok) throw new DemoError('MODEL_UNAVAILABLE', `${url} was answered with HTTP ${response.status}`)
  return await response.blob()
}
