import { DemoError } from '../engine/failure.js'

/** Decodes a photo at its own size and the right way up. @throws IMAGE_INVALID */
export async function decodePhoto(file: Blob): Promise<ImageData> {
  try {
    // Not premultiplied: what lies under transparency is part of the picture.
    const bitmap = await createImageBitmap(file, { imageOrientation: 'from-image', premultiplyAlpha: 'none' })
    try {
      return readBitmap(bitmap)
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
