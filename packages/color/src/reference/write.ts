import { yuvCoefficients } from '../color-space.js'
import { chromaLayout, type PackedLayout, packedLayout } from '../image.js'
import type { ConvertOptions, RawImage } from '../types.js'
import { chromaFromRgb, luma, storeLuma, toByte } from './color.js'
import type { RgbPicture } from './picture.js'

type ChromaDown = NonNullable<ConvertOptions['chroma']>['down']

/** Writes one value a pixel into the first plane of a GRAY or YUV image. */
export function writeLuma(values: Float64Array, target: RawImage): void {
  const { data, stride } = target.planes[0]!
  for (let y = 0; y < target.height; y++) {
    for (let x = 0; x < target.width; x++) data[y * stride + x] = toByte(values[y * target.width + x]!)
  }
}

/** Writes the chroma that `colorOf(block's pixels)` gives for each 2x2 block; at an odd edge a block has the pixels that exist. */
function writeChroma(target: RawImage, colorOf: (pixels: readonly number[]) => readonly [number, number]): void {
  const layout = chromaLayout(target.format)
  if (layout === undefined) return
  const { width, height } = target
  const [u, v] = [target.planes[layout.u.plane]!, target.planes[layout.v.plane]!]
  for (let y = 0; y < height; y += 2) {
    for (let x = 0; x < width; x += 2) {
      const pixels = [y * width + x]
      if (x + 1 < width) pixels.push(y * width + x + 1)
      if (y + 1 < height) pixels.push((y + 1) * width + x)
      if (x + 1 < width && y + 1 < height) pixels.push((y + 1) * width + x + 1)
      const [valueU, valueV] = colorOf(pixels)
      u.data[(y / 2) * u.stride + (x / 2) * layout.u.step + layout.u.offset] = toByte(valueU)
      v.data[(y / 2) * v.stride + (x / 2) * layout.v.step + layout.v.offset] = toByte(valueV)
    }
  }
}

/** Writes colourless chroma into a YUV image. */
export function writeNeutralChroma(target: RawImage): void {
  writeChroma(target, () => [128, 128])
}

/** Writes the picture in the target's format and colour space, each sample rounded once; an absent alpha is 255. */
export function writeRgb(picture: RgbPicture, target: RawImage, down: ChromaDown = 'mean'): void {
  const layout = packedLayout(target.format)
  if (layout !== undefined && target.format !== 'GRAY') {
    writePacked(picture, target, layout)
    return
  }
  const { r, g, b } = picture
  const k = yuvCoefficients(target.colorSpace)
  writeLuma(
    r.map((red, i) => storeLuma(k, luma(k, red, g[i]!, b[i]!))),
    target,
  )
  writeChroma(target, (pixels) => {
    const used = down === 'mean' ? pixels : pixels.slice(0, 1)
    const mean = (channel: Float64Array): number => used.reduce((sum, i) => sum + channel[i]!, 0) / used.length
    return chromaFromRgb(k, mean(r), mean(g), mean(b))
  })
}

function writePacked({ r, g, b, a }: RgbPicture, target: RawImage, layout: PackedLayout): void {
  const { data, stride } = target.planes[0]!
  for (let y = 0; y < target.height; y++) {
    for (let x = 0; x < target.width; x++) {
      const i = y * target.width + x
      const at = y * stride + x * layout.bytes
      data[at + layout.r] = toByte(r[i]!)
      data[at + layout.g] = toByte(g[i]!)
      data[at + layout.b] = toByte(b[i]!)
      if (layout.a !== undefined) data[at + layout.a] = a === undefined ? 255 : toByte(a[i]!)
    }
  }
}
