import { mapPixels, pick } from './frame.js'
import type { FaultInjector } from './injector.js'
import { type YuvLink, yuvLink } from './yuv.js'

const yuv = (code: string, family: string, link: Partial<YuvLink>, name = 'YUV 4:4:4'): FaultInjector => ({
  code,
  name,
  family,
  stage: 50,
  yuv: link,
  inject: (frame) => yuvLink(frame, [link]),
})

const pairs = ['601 709', '709 601', '601 2020', '2020 601', '709 2020', '2020 709'].map((pair) => pair.split(' '))

/** Wrong matrices, ranges, plane and channel orders, tone curves and normalisations. */
export const colorFaults: readonly FaultInjector[] = [
  ...pairs.map(([encode, decode]) =>
    yuv(`MATRIX_${encode}_AS_${decode}`, 'matrix', { encode: encode!, decode: decode! }),
  ),
  yuv('RANGE_LIMITED_AS_FULL', 'range', { decodeFull: true }),
  yuv('RANGE_FULL_AS_LIMITED', 'range', { encodeFull: true }),
  yuv('CHROMA_SWAPPED', 'chroma', { exchanged: true }),
  {
    code: 'CHANNELS_SWAPPED',
    name: 'BGR',
    family: 'channels',
    stage: 60,
    inject: (frame) => mapPixels(frame, (r, g, b) => [b, g, r]),
  },
  {
    code: 'GAMMA',
    name: 'power',
    family: 'gamma',
    stage: 55,
    inject: (frame, random) => {
      const exponent = pick(random, [1 / 2.2, 2.2, 1.8, 1 / 1.8, 1.4])
      const bend = (value: number): number => 255 * Math.max(0, value / 255) ** exponent
      return mapPixels(frame, (r, g, b) => [bend(r), bend(g), bend(b)])
    },
  },
  {
    code: 'NORMALIZATION',
    name: 'mean and std of another model',
    family: 'normalization',
    // Half a step is a part of the offset then.
    hides: ['rounding'],
    stage: 65,
    inject: (frame, random) => {
      // Packed with the first, unpacked with the second: (x - m) / s * t + n.
      const [m, s, n, t] = pick(random, [
        [
          [0.485, 0.456, 0.406],
          [0.229, 0.224, 0.225],
          [0.5, 0.5, 0.5],
          [0.25, 0.25, 0.25],
        ],
        [
          [0.5, 0.5, 0.5],
          [0.5, 0.5, 0.5],
          [0.485, 0.456, 0.406],
          [0.458, 0.448, 0.45],
        ],
        [
          [0, 0, 0],
          [1, 1, 1],
          [0.1, 0.1, 0.1],
          [0.8, 0.8, 0.8],
        ],
      ] as const)
      const one = (value: number, c: 0 | 1 | 2): number => (((value / 255 - m[c]) / s[c]) * t[c] + n[c]) * 255
      return mapPixels(frame, (r, g, b) => [one(r, 0), one(g, 1), one(b, 2)])
    },
  },
]
