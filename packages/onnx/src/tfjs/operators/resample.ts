import { type Operation, Unsupported } from '../operation.js'
import type { ResizedAxis, ResizeMode } from './resize.js'

interface Tap {
  /** Index of the pixel read for each pixel made. */
  readonly index: string
  /** What it counts; undefined: it is the only one. */
  readonly weight?: string
}

/** Resizes an NHWC reference axis by axis, as a sum of gathered rows or columns, by coordinates that the run computes. */
export function resample(op: Operation, x: string, mode: ResizeMode, axes: readonly ResizedAxis[]): string {
  return axes.reduce((source, axis) => {
    if (axis.scale === 1) return source
    const parts = tapsOf(new Coordinates(op, axis), mode).map(({ index, weight }) => {
      const row = op.add('GatherV2', [source, index, op.graph.int(axis.axis - 1)])
      if (weight === undefined) return row
      const shape = op.graph.ints(axis.axis === 2 ? [1, -1, 1, 1] : [1, 1, -1, 1])
      return op.add('Mul', [row, op.add('Reshape', [weight, shape])])
    })
    return parts.reduce((sum, part) => op.add('AddV2', [sum, part]))
  }, x)
}

/** Arithmetic on the pixels' numbers along one axis, as float vectors. */
class Coordinates {
  readonly input: string
  readonly output: string
  readonly scale: string
  private readonly op: Operation
  private readonly axis: ResizedAxis

  constructor(op: Operation, axis: ResizedAxis) {
    this.op = op
    this.axis = axis
    this.input = this.float(axis.input ?? op.size(op.input(0), axis.axis))
    this.output = this.float(axis.size)
    this.scale = axis.scale === undefined ? this.div(this.output, this.input) : op.graph.float(axis.scale)
  }

  private float(size: number | string): string {
    return typeof size === 'number' ? this.op.graph.float(size) : this.cast(size, 'DT_FLOAT')
  }

  private cast(x: string, type: string): string {
    return this.op.add('Cast', [x], { DstT: { type } })
  }

  private operand(x: string | number): string {
    return typeof x === 'number' ? this.op.graph.float(x) : x
  }

  add(a: string, b: string | number): string {
    return this.op.add('AddV2', [a, this.operand(b)])
  }

  sub(a: string | number, b: string | number): string {
    return this.op.add('Sub', [this.operand(a), this.operand(b)])
  }

  mul(a: string, b: string | number): string {
    return this.op.add('Mul', [a, this.operand(b)])
  }

  div(a: string, b: string): string {
    return this.op.add('RealDiv', [a, b])
  }

  max(a: string, b: string | number): string {
    return this.op.add('Maximum', [a, this.operand(b)])
  }

  floor(a: string): string {
    return this.op.add('Floor', [a])
  }

  ceil(a: string): string {
    return this.op.add('Ceil', [a])
  }

  /** Within the picture. */
  clamp(x: string): string {
    return this.op.add('Minimum', [this.max(x, 0), this.sub(this.input, 1)])
  }

  index(x: string): string {
    return this.cast(x, 'DT_INT32')
  }

  /** 0, 1, 2... for each pixel made. */
  pixels(): string {
    const { op, axis } = this
    const stop = typeof axis.size === 'number' ? op.graph.int(axis.size) : axis.size
    return op.add('Range', [op.graph.int(0), stop, op.graph.int(1)], { Tidx: { type: 'DT_FLOAT' } })
  }
}

/** Where each pixel is read, by ONNX's formulas. */
function origin(at: Coordinates, coordinates: string): string {
  const pixels = at.pixels()
  const scaledCentre = () => at.div(at.add(pixels, 0.5), at.scale)
  const centred = () => at.sub(scaledCentre(), 0.5)
  switch (coordinates) {
    case 'half_pixel':
      return centred()
    case 'asymmetric':
      return at.div(pixels, at.scale)
    case 'align_corners':
      return at.div(at.mul(pixels, at.sub(at.input, 1)), at.max(at.sub(at.output, 1), 1))
    case 'pytorch_half_pixel':
      // 0 where but one pixel is made: the factor is 1 for two and more.
      return at.mul(centred(), at.sub(1, at.max(at.sub(2, at.output), 0)))
    case 'half_pixel_symmetric': {
      const share = at.div(at.output, at.mul(at.input, at.scale))
      const offset = at.mul(at.mul(at.input, 0.5), at.sub(1, share))
      // ONNX Runtime's order of operations: floor and ceil tell 2 from what rounding leaves just below.
      return at.sub(at.add(offset, scaledCentre()), 0.5)
    }
    default:
      throw new Unsupported(`coordinate_transformation_mode = ${coordinates}`)
  }
}

function tapsOf(at: Coordinates, { mode, coordinates, rounding, cubic }: ResizeMode): Tap[] {
  const x = origin(at, coordinates)
  if (mode === 'nearest') return [{ index: at.index(at.clamp(rounded(at, x, rounding))) }]
  if (mode === 'linear') {
    const inside = at.clamp(x)
    const first = at.floor(inside)
    const weight = at.sub(inside, first)
    return [
      { index: at.index(first), weight: at.sub(1, weight) },
      { index: at.index(at.clamp(at.add(first, 1))), weight },
    ]
  }
  const first = at.floor(x)
  const t = at.sub(x, first)
  return [-1, 0, 1, 2].map((tap) => ({
    index: at.index(at.clamp(at.add(first, tap))),
    weight: keys(at, tap < 1 ? at.add(t, -tap) : at.sub(tap, t), tap === 0 || tap === 1, cubic),
  }))
}

function rounded(at: Coordinates, x: string, rounding: string): string {
  switch (rounding) {
    case 'floor':
      return at.floor(x)
    case 'ceil':
      return at.ceil(x)
    case 'round_prefer_floor':
      return at.ceil(at.sub(x, 0.5))
    case 'round_prefer_ceil':
      return at.floor(at.add(x, 0.5))
    default:
      throw new Unsupported(`nearest_mode = ${rounding}`)
  }
}

/** Keys' cubic convolution kernel at a distance below 1 (inner) or from 1 to 2. R. Keys, 1981. */
function keys(at: Coordinates, distance: string, inner: boolean, a: number): string {
  const polynomial = (first: number, second: number, ...others: number[]) =>
    others.reduce(
      (sum, coefficient) => at.add(at.mul(sum, distance), coefficient),
      at.add(at.mul(distance, first), second),
    )
  if (inner) return at.add(at.mul(polynomial(a + 2, -(a + 3)), at.mul(distance, distance)), 1)
  return polynomial(a, -5 * a, 8 * a, -4 * a)
}
