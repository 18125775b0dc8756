import type { Frame } from './frame.js'

interface Kernel {
  readonly reach: number
  weight(distance: number): number
}

type KernelName = 'bilinear' | 'bicubic' | 'nearest'
type PlacementName = 'halfPixel' | 'alignCorners' | 'asymmetric'

/** Interpolations, as functions of the distance in samples: Keys' cubic with a = -0.75 is OpenCV's and PyTorch's. */
const kernels: Readonly<Record<KernelName, Kernel>> = {
  bilinear: { reach: 1, weight: (d: number) => Math.max(0, 1 - Math.abs(d)) },
  bicubic: {
    reach: 2,
    weight: (distance: number) => {
      const d = Math.abs(distance)
      if (d < 1) return 1.25 * d ** 3 - 2.25 * d ** 2 + 1
      return d < 2 ? -0.75 * (d ** 3 - 5 * d ** 2 + 8 * d - 4) : 0
    },
  },
  nearest: { reach: 0.5, weight: (d: number) => (d >= -0.5 && d < 0.5 ? 1 : 0) },
}

/** Where target pixel centre i of `to` lies among `from`: PyTorch's align_corners=False, True, and TensorFlow 1's default. */
const placements: Readonly<Record<PlacementName, (i: number, from: number, to: number) => number>> = {
  halfPixel: (i: number, from: number, to: number) => ((i + 0.5) * from) / to - 0.5,
  alignCorners: (i: number, from: number, to: number) => (i * (from - 1)) / (to - 1),
  asymmetric: (i: number, from: number, to: number) => (i * from) / to,
}

export interface ResizeOptions {
  readonly kernel?: KernelName
  readonly placement?: PlacementName
  /** Widens the kernel when shrinking. */
  readonly antialias?: boolean
}

/** The frame at another size, all in floats. */
export function resize(frame: Frame, width: number, height: number, options: ResizeOptions = {}): Frame {
  const across = pass(
    frame.data,
    frame.width,
    width,
    frame.height,
    { sample: 4, line: frame.width * 4, target: width * 4 },
    options,
  )
  const data = pass(
    across,
    frame.height,
    height,
    width,
    { sample: width * 4, line: 4, target: 4, targetSample: width * 4 },
    options,
  )
  return { ...frame, width, height, data }
}

interface Steps {
  readonly sample: number
  readonly line: number
  readonly target: number
  readonly targetSample?: number
}

function pass(
  source: Float64Array,
  from: number,
  to: number,
  lines: number,
  steps: Steps,
  options: ResizeOptions,
): Float64Array {
  const { kernel = 'bilinear', placement = 'halfPixel', antialias = false } = options
  const { reach, weight } = kernels[kernel]
  const widen = antialias ? Math.max(1, from / to) : 1
  const { sample, line, target, targetSample = 4 } = steps
  const result = new Float64Array(to * lines * 4)
  for (let i = 0; i < to; i++) {
    const center = placements[placement](i, from, to)
    const taps: [index: number, weight: number][] = []
    let sum = 0
    for (let j = Math.ceil(center - reach * widen); j <= Math.floor(center + reach * widen); j++) {
      const w = weight((center - j) / widen)
      if (w !== 0) taps.push([Math.max(0, Math.min(from - 1, j)), w])
      sum += w
    }
    for (let l = 0; l < lines; l++) {
      for (let c = 0; c < 4; c++) {
        let value = 0
        for (const [index, w] of taps) value += w * source[l * line + index * sample + c]!
        result[l * target + i * targetSample + c] = value / sum
      }
    }
  }
  return result
}
