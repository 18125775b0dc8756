import { colorFamily, sameColorSpace, yuvCoefficients } from '../color-space.js'
import { planPack } from '../geometry.js'
import { chromaLayout, planeSizes } from '../image.js'
import { convertRequest } from '../request.js'
import type { ConvertOptions, RawImage } from '../types.js'
import { sampleImage, toFullLuma, toRgb } from './picture.js'
import { writeLuma, writeRgb } from './write.js'

/** The image in another format or colour space, in `into` or a new image. */
export function convert(image: RawImage, to: ConvertOptions, into: RawImage | undefined): RawImage {
  const target = convertRequest(image, to, into)
  const [from, onto] = [colorFamily(image.format), colorFamily(target.format)]
  if (from === onto && sameColorSpace(image.colorSpace, target.colorSpace)) {
    // Nothing is to be worked out: samples move as they are, and chroma is never taken through RGB.
    if (image.format === target.format) return copyRows(image, target)
    if (from === 'yuv') return shuffleChroma(image, target)
  }
  const sampled = sampleImage(image, planPack(image, image, { chroma: to.chroma?.up ?? 'nearest' }))
  if (onto === 'gray') writeLuma(toFullLuma(sampled, yuvCoefficients(target.colorSpace)), target)
  else writeRgb(toRgb(sampled), target, to.chroma?.down)
  return target
}

function copyRows(image: RawImage, target: RawImage): RawImage {
  planeSizes(image.format, image.width, image.height).forEach(({ rowBytes, rows }, index) => {
    const [from, to] = [image.planes[index]!, target.planes[index]!]
    for (let y = 0; y < rows; y++) {
      to.data.set(from.data.subarray(y * from.stride, y * from.stride + rowBytes), y * to.stride)
    }
  })
  return target
}

function shuffleChroma(image: RawImage, target: RawImage): RawImage {
  const [source, layout] = [chromaLayout(image.format)!, chromaLayout(target.format)!]
  const gray = { ...image, format: 'GRAY', planes: image.planes.slice(0, 1) } as const
  copyRows(gray, { ...target, format: 'GRAY', planes: target.planes.slice(0, 1) })
  for (const channel of ['u', 'v'] as const) {
    const [s, t] = [source[channel], layout[channel]]
    const [from, to] = [image.planes[s.plane]!, target.planes[t.plane]!]
    for (let y = 0; y < Math.ceil(image.height / 2); y++) {
      for (let x = 0; x < Math.ceil(image.width / 2); x++) {
        to.data[y * to.stride + x * t.step + t.offset] = from.data[y * from.stride + x * s.step + s.offset]!
      }
    }
  }
  return target
}
