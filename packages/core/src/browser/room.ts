import { type ColorSpaceInit, I2iError, type PixelFormat, planeSizes, type RawImage, rawImage } from '@i2i/color'

/** Memory for one picture at a time, kept from frame to frame as long as the pictures are of one size. */
export class Room {
  #bytes = new ArrayBuffer(0)

  /** A picture whose planes lie tightly, one after the other; it overwrites the one before. @throws OUT_OF_MEMORY */
  image(format: PixelFormat, width: number, height: number, colorSpace?: ColorSpaceInit): RawImage {
    const size = planeSizes(format, width, height).reduce((sum, { rowBytes, rows }) => sum + rowBytes * rows, 0)
    if (this.#bytes.byteLength !== size) this.#bytes = buffer(size)
    return rawImage({ format, width, height, data: this.#bytes, ...(colorSpace && { colorSpace }) })
  }

  /** All planes. */
  get bytes(): Uint8ClampedArray<ArrayBuffer> {
    return new Uint8ClampedArray(this.#bytes)
  }
}

function buffer(size: number): ArrayBuffer {
  try {
    return new ArrayBuffer(size)
  } catch (cause) {
    throw new I2iError('OUT_OF_MEMORY', `no room for a picture of ${size} bytes; use a smaller one`, { cause })
  }
}
