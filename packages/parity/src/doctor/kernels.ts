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

/** A way to make one sample of many: its reach and its weight at a distance, both in source samples, when `scale` of those become one. */
export interface DownKernel {
  readonly name: string
  readonly conventions: readonly Convention['name'][]
  reach(scale: number): number
  weight(distance: number, scale: number): number
}

const [bilinear, nearest, keys, steepKeys, lanczos3] = upKernels as readonly [
  UpKernel,
  UpKernel,
  UpKernel,
  UpKernel,
  UpKernel,
]

const lanczos4: UpKernel = {
  name: 'lanczos4',
  reach: 4,
  weight: (distance) => (Math.abs(distance) < 4 ? sinc(distance) * sinc(distance / 4) : 0),
}

// The places that resizers of their own make are written to.
const written = ['half-pixel', 'align-corners', 'asymmetric'] as const

// As wide as when enlarging (OpenCV, PyTorch): it takes samples between others and leaves those out.
function sampling({ name, reach, weight }: UpKernel, where: DownKernel['conventions']): DownKernel {
  return { name, conventions: where, reach: () => reach, weight }
}

// As wide as what becomes one sample (Pillow, libvips).
function averaging({ name, reach, weight }: UpKernel): DownKernel {
  return {
    name: `${name}, antialiased`,
    conventions: written,
    reach: (scale) => reach * Math.max(1, scale),
    weight: (distance, scale) => weight(distance / Math.max(1, scale)),
  }
}

/** The kernels that shrink pictures in the field. */
export const downKernels: readonly DownKernel[] = [
  sampling(bilinear, written),
  sampling(steepKeys, written),
  sampling(lanczos4, ['half-pixel']),
  sampling(nearest, ['half-pixel', 'half-target']),
  averaging(bilinear),
  averaging(keys),
  averaging(lanczos3),
  {
    name: 'area',
    conventions: ['half-pixel'],
    reach: (scale) => (scale + 1) / 2,
    weight: (distance, scale) =>
      Math.max(0, Math.min(distance + 0.5, scale / 2) - Math.max(distance - 0.5, -scale / 2)),
  },
]

/** Where the target pixel centre x (0-based index plus phase) of `to` pixels lies among `from` samples. */
export interface Convention {
  readonly name: 'half-pixel' | 'align-corners' | 'asymmetric' | 'half-target'
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
  // Half a target pixel off: so lies the affine enlargement of libvips, and so does OpenCV's nearest, which takes floor(x from / to).
  {
    name: 'half-target',
    kernels: ['nearest', 'bilinear', 'bicubic (a = -0.5)'],
    position: (x, from, to) => (x * from) / to - 0.5,
  },
]

/** A kernel and where it places its samples. */
export interface Enlargement {
  readonly kernel: UpKernel
  readonly convention: Convention
}

/** Every kernel with the conventions that it is seen with, the commonest first. */
export const enlargements: readonly Enlargement[] = conventions.flatMap((convention) =>
  upKernels
    .filter(({ name }) => convention.kernels === 'all' || convention.kernels.includes(name))
    .map((kernel) => ({ kernel, convention })),
)
