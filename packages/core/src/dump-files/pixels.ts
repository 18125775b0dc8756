import { openColorEngine, type PixelFormat, planeSizes, type RawImage } from '@i2i/color'

/** One plane without padding between its rows. `suffix` tells the planes of YUV apart (`.y`), and is empty for packed formats. */
export interface PlaneArray {
  readonly suffix: string
  readonly data: Uint8Array
  /** (h, w, samples of a pixel), or (h, w) for a plane of single YUV samples. */
  readonly dims: readonly number[]
}

// Suffix and samples of each plane; 0 samples stands for no axis of their own.
const planesOf: Readonly<Record<PixelFormat, readonly (readonly [string, number])[]>> = {
  RGBA: [['', 4]],
  BGRA: [['', 4]],
  RGB: [['', 3]],
  BGR: [['', 3]],
  GRAY: [['', 1]],
  I420: [
    ['.y', 0],
    ['.u', 0],
    ['.v', 0],
  ],
  NV12: [
    ['.y', 0],
    ['.uv', 2],
  ],
  NV21: [
    ['.y', 0],
    ['.vu', 2],
  ],
}

/** The planes of an image as arrays; data is shared with the image where its rows lie tight. */
export function planeArrays({ format, width, height, planes }: RawImage): PlaneArray[] {
  const sizes = planeSizes(format, width, height)
  return planesOf[format].map(([suffix, samples], i) => {
    const { rowBytes, rows } = sizes[i] ?? { rowBytes: 0, rows: 0 }
    const { data, stride } = planes[i] ?? { data: new Uint8Array(0), stride: 0 }
    const dims = samples === 0 ? [rows, rowBytes] : [rows, rowBytes / samples, samples]
    return { suffix, data: tight(data, stride, rowBytes, rows), dims }
  })
}

function tight(data: Uint8Array | Uint8ClampedArray, stride: number, rowBytes: number, rows: number): Uint8Array {
  const bytes = new Uint8Array(data.buffer, data.byteOffset, data.byteLength)
  if (stride === rowBytes) return bytes.subarray(0, rowBytes * rows)
  const packed = new Uint8Array(rowBytes * rows)
  for (let y = 0; y < rows; y++) packed.set(bytes.subarray(y * stride, y * stride + rowBytes), y * rowBytes)
  return packed
}

/** Any image as tightly packed grey, RGB or RGBA pixels, as picture files hold them. */
export async function picturePixels(
  image: RawImage,
): Promise<{ readonly data: Uint8Array; readonly channels: 1 | 3 | 4 }> {
  const format = image.format === 'GRAY' ? 'GRAY' : image.format === 'RGBA' || image.format === 'BGRA' ? 'RGBA' : 'RGB'
  const channels = { GRAY: 1, RGB: 3, RGBA: 4 } as const
  const pixels = (from: RawImage) => ({
    data: planeArrays(from)[0]?.data ?? new Uint8Array(0),
    channels: channels[format],
  })
  if (image.format === format) return pixels(image)
  using engine = await openColorEngine()
  return pixels(engine.convert(image, { format }))
}
