import { type Frame, mapPixels, pick } from './frame.js'
import type { FaultInjector } from './injector.js'

/** Red, green and blue samples moved: `source` gives the sample (3 x pixel + channel) to read. */
function permute(frame: Frame, source: (sample: number) => number): Frame {
  const data = frame.data.slice()
  for (let sample = 0; sample < frame.width * frame.height * 3; sample++) {
    const from = source(sample)
    data[Math.floor(sample / 3) * 4 + (sample % 3)] = frame.data[Math.floor(from / 3) * 4 + (from % 3)]!
  }
  return { ...frame, data }
}

/** Depth-to-space of r x r blocks whose channels are stored in the other order than they are read. */
function shuffle(frame: Frame, r: number, stored: 'CRD' | 'DCR'): Frame {
  const { width, height } = frame
  const area = r * r
  return permute(frame, (sample) => {
    const [channel, pixel] = [sample % 3, Math.floor(sample / 3)]
    const [x, y] = [pixel % width, Math.floor(pixel / width)]
    const [left, top] = [x - (x % r), y - (y % r)]
    if (left + r > width || top + r > height) return sample
    const place = (y - top) * r + x - left
    // The index among the 3 r^2 channels that the reader takes, and what the writer put there.
    const index = stored === 'CRD' ? place * 3 + channel : channel * area + place
    const [c, k] = stored === 'CRD' ? [Math.floor(index / area), index % area] : [index % 3, Math.floor(index / 3)]
    return ((top + Math.floor(k / r)) * width + left + (k % r)) * 3 + c
  })
}

/** Wrong memory orders of a tensor, and what goes wrong when numbers become bytes. */
export const valueFaults: readonly FaultInjector[] = [
  {
    code: 'LAYOUT_NCHW_AS_NHWC',
    name: 'planes read as pixels',
    family: 'layout',
    stage: 70,
    inject: (frame) => {
      const area = frame.width * frame.height
      return permute(frame, (sample) => (sample % area) * 3 + Math.floor(sample / area))
    },
  },
  {
    code: 'LAYOUT_NHWC_AS_NCHW',
    name: 'pixels read as planes',
    family: 'layout',
    stage: 70,
    inject: (frame) => {
      const area = frame.width * frame.height
      return permute(frame, (sample) => (sample % 3) * area + Math.floor(sample / 3))
    },
  },
  {
    code: 'PIXEL_SHUFFLE_DCR_CRD',
    name: 'DCR for CRD',
    family: 'layout',
    stage: 70,
    inject: (frame, random) => shuffle(frame, pick(random, [2, 3, 4]), 'CRD'),
  },
  {
    code: 'PIXEL_SHUFFLE_DCR_CRD',
    name: 'CRD for DCR',
    family: 'layout',
    stage: 70,
    inject: (frame, random) => shuffle(frame, pick(random, [2, 4]), 'DCR'),
  },
  {
    code: 'ALPHA_PREMULTIPLIED',
    name: 'over black',
    family: 'alpha',
    stage: 5,
    inject: (frame) => mapPixels(frame, (r, g, b, a) => [(r * a) / 255, (g * a) / 255, (b * a) / 255]),
  },
  {
    code: 'TRUNCATED',
    name: 'floor for round',
    family: 'rounding',
    stage: 90,
    inject: (frame, random) => {
      const [mean, std] = pick(random, [
        [0.485, 0.229],
        [0.5, 0.5],
      ] as const)
      const { fround } = Math
      const data = frame.data.map((value, i) =>
        i % 4 === 3
          ? value
          : fround(
              fround(
                fround(fround(fround(fround(value / 255) - fround(mean)) / fround(std)) * fround(std)) + fround(mean),
              ) * 255,
            ),
      )
      return { ...frame, data, integers: 'floor' }
    },
  },
  {
    code: 'SATURATED',
    name: 'clipped above and below',
    family: 'value',
    stage: 90,
    inject: (frame, random) => {
      const [low, high] = pick(random, [
        [0, 190],
        [70, 255],
        [60, 195],
      ] as const)
      const clip = (value: number): number => Math.max(low, Math.min(high, value))
      return mapPixels(frame, (r, g, b) => [clip(r), clip(g), clip(b)])
    },
  },
  {
    code: 'QUANTIZED',
    name: 'few levels',
    family: 'value',
    hides: ['rounding'],
    stage: 90,
    inject: (frame, random) => {
      const levels = pick(random, [8, 16, 32, 64])
      const one = (value: number): number =>
        (Math.round((Math.max(0, Math.min(255, value)) / 255) * (levels - 1)) / (levels - 1)) * 255
      return mapPixels(frame, (r, g, b) => [one(r), one(g), one(b)])
    },
  },
  {
    code: 'NAN',
    name: 'scattered and in a patch',
    family: 'nan',
    stage: 80,
    inject: (frame, random) => {
      const [left, top] = [Math.floor(random() * frame.width * 0.8), Math.floor(random() * frame.height * 0.8)]
      let i = -1
      return mapPixels(frame, (r, g, b) => {
        i++
        const [x, y] = [i % frame.width, Math.floor(i / frame.width)]
        const hole = (x >= left && x < left + 6 && y >= top && y < top + 5) || (x * 31 + y * 17) % 997 === 0
        return hole ? [Number.NaN, Number.NaN, Number.NaN] : [r, g, b]
      })
    },
  },
  {
    code: 'CONSTANT',
    name: 'grey',
    family: 'value',
    stage: 90,
    alone: true,
    inject: (frame) => mapPixels(frame, () => [127, 127, 127]),
  },
]
