/** An interpolation kernel: its reach in source samples and its weight at a distance. */
export interface UpKernel {
  readonly name: string
  readonly reach: number
  weight(distance: number): number
}

function cubic(name: string, a: number): UpKernel {
  return {
    name,
    reach: 2,
    weight: (distance) => {
      const d = Math.abs(distance)
      if (d < 1) return ((a + 2) * d - (a + 3)) * d * d + 1
      return d < 2 ? a * (((d - 5) * d + 8) * d - 4) : 0
    },
  }
}

function sinc(x: number): number {
  return x === 0 ? 1 : Math.sin(Math.PI * x) / (Math.PI * x)
}

/** The kernels that enlarge pictures in the field: Keys' cubics (-0.5 Pillow, -0.75 OpenCV), Mitchell-Netravali, Lanczos. */
export const upKernels: readonly UpKernel[] = [
  { name: 'bilinear', reach: 1, weight: (distance) => Math.max(0, 1 - Math.abs(distance)) },
  { name: 'nearest', reach: 0.5, weight: (distance) => (distance >= -0.5 && distance < 0.5 ? 1 : 0) },
  cubic('bicubic (a = -0.5)', -0.5),
  cubic('bicubic (a = -0.75)', -0.75),
  {
    name: 'lanczos3',
    reach: 3,
    weight: (distance) => (Math.abs(distance) < 3 ? sinc(distance) * sinc(distance / 3) : 0),
  },
  {
    name: 'mitchell',
    reach: 2,
    weight: (distance) => {
      const d = Math.abs(distance)
      if (d < 1) return ((7 * d - 12) * d * d + 16 / 3) / 6
      return d < 2 ? ((((-7 / 3) * d + 12) * d - 20) * d + 32 / 3) / 6 : 0
    },
  },
]

/** Where the target pixel centre x (0-based index plus phase) of `to` pixels lies among `from` samples. */
export interface Convention {
  readonly name: 'half-pixel' | 'align-corners' | 'asymmetric' | 'libvips'
  /** Which kernels are seen with it. */
  readonly kernels: 'all' | readonly string[]
  position(x: number, from: number, to: number): number
}

/** The ways to place the samples of a resize: half-pixel centres first. */
export const conventions: readonly Convention[] = [
  { name: 'half-pixel', kernels: 'all', position: (x, from, to) => ((x + 0.5) * from) / to - 0.5 },
  {
    name: 'align-corners',
    kernels: ['bilinear', 'bicubic (a = -0.75)'],
    position: (x, from, to) => (x * (from - 1)) / (to - 1),
  },
  { name: 'asymmetric', kernels: ['bilinear', 'bicubic (a = -0.75)'], position: (x, from, to) => (x * from) / to },
  // Its affine enlargement lies half a target pixel off.
  { name: 'libvips', kernels: ['bilinear', 'bicubic (a = -0.5)'], position: (x, from, to) => (x * from) / to - 0.5 },
]
