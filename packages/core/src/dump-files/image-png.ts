import type { RawImage } from '@i2i/color'
import { zlibSync } from 'fflate'
import { picturePixels } from './pixels.js'
import { type Deflate, encodePng } from './png.js'

/** Compression that runs in browsers as well. */
export const fflateDeflate: Deflate = async (data) => zlibSync(data, { level: 6 })

/** A picture of any format as an 8-bit PNG: grey, RGB or RGBA. */
export async function imagePng(image: RawImage): Promise<Uint8Array<ArrayBuffer>> {
  const { width, height } = image
  const { data, channels } = await picturePixels(image)
  return await encodePng(data, { width, height, channels }, fflateDeflate)
}
