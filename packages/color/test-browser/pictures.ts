import { createImage, type PixelFormat, type RawImage } from '@i2i/color'

/** Random bytes. */
export function noise(format: PixelFormat, width: number, height: number): RawImage {
  const image = createImage(format, width, height)
  let state = 1
  for (const { data } of image.planes) {
    for (let i = 0; i < data.length; i++) {
      state = (Math.imul(state, 1103515245) + 12345) & 0x7fffffff
      data[i] = state >> 16
    }
  }
  return image
}

/** The bytes of each plane. */
export const bytesOf = (image: RawImage): readonly number[][] => image.planes.map(({ data }) => [...data])
