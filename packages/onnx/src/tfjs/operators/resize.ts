import { type Operation, Unsupported } from '../operation.js'
import type { Dim, Value } from '../value.js'
import { resample } from './resample.js'

/** How one axis is resized. `size` is the new size: a number, or a list of one that the run knows. */
export interface ResizedAxis {
  readonly axis: number
  readonly input: Dim
  readonly output: Dim
  readonly size: number | string
  /** New size over old where the node says it. */
  readonly scale?: number
}

/** What the node asks for. */
export interface ResizeMode {
  readonly mode: string
  readonly coordinates: string
  readonly rounding: string
  readonly cubic: number
}

/** Resize and Upsample: by TensorFlow's own operators where their coordinates are ONNX's, else tap by tap. */
export function resize(op: Operation): Value {
  const x = op.input(0)
  if (x.dims.length !== 4) throw new Unsupported(`${x.dims.length} sizes; only pictures are resized`)
  const mode = modeOf(op)
  const axes = axesOf(op)
  const native = nativeOperator(mode, axes)
  const source = op.reference(x, 'nhwc')
  const dims = [x.dims[0], x.dims[1], ...axes.map(({ output }) => output)]
  if (!native) return op.result(resample(op, source, mode, axes), 'nhwc', x.dtype, dims)
  const size = op.sizes(axes.map((axis) => axis.size))
  const attributes = { align_corners: native.aligned, half_pixel_centers: native.half }
  return op.result(op.add(native.name, [source, size], attributes), 'nhwc', x.dtype, dims)
}

function modeOf(op: Operation): ResizeMode {
  const early = op.opset < 11
  const mode = op.text('mode', 'nearest').replace('bilinear', 'linear')
  if (!['nearest', 'linear', 'cubic'].includes(mode)) throw new Unsupported(`mode = ${mode}`)
  if (op.int('antialias', 0) !== 0) throw new Unsupported('antialias')
  if (op.text('keep_aspect_ratio_policy', 'stretch') !== 'stretch') throw new Unsupported('keep_aspect_ratio_policy')
  if (mode === 'cubic' && op.int('exclude_outside', 0) !== 0) throw new Unsupported('exclude_outside')
  return {
    mode,
    coordinates: early ? 'asymmetric' : op.text('coordinate_transformation_mode', 'half_pixel'),
    rounding: early ? 'floor' : op.text('nearest_mode', 'round_prefer_floor'),
    cubic: op.float('cubic_coeff_a', -0.75),
  }
}

function axesOf(op: Operation): readonly [ResizedAxis, ResizedAxis] {
  const x = op.input(0)
  const listed = op.ints('axes')?.map((axis) => op.axis(axis, 4)) ?? [0, 1, 2, 3]
  const sizes = op.opset < 11 ? undefined : op.optional(3)
  const scales = op.attribute('scales')?.floats ?? op.numbers(op.opset < 11 ? 1 : 2)
  const bySize = sizes !== undefined && sizes.dims[0] !== 0
  const constant = bySize ? sizes.constant && Array.from(sizes.constant.data) : undefined
  for (const axis of [0, 1]) {
    const at = listed.indexOf(axis)
    const changed = bySize ? constant && constant[at] !== x.dims[axis] && x.dims[axis] : scales?.[at] !== 1
    if (at >= 0 && changed) throw new Unsupported('batch or channels are resized')
  }
  const resized = (axis: number): ResizedAxis => {
    const input = x.dims[axis]
    const at = listed.indexOf(axis)
    if (at < 0) return scaled(op, axis, input, 1)
    if (!bySize) return scaled(op, axis, input, scales?.[at] ?? 1)
    const output = constant?.[at]
    return { axis, input, output, size: output ?? sizeAt(op, at) }
  }
  return [resized(2), resized(3)]
}

function scaled(op: Operation, axis: number, input: Dim, factor: number): ResizedAxis {
  const scale = Math.fround(factor)
  if (input !== undefined) {
    const output = Math.floor(Math.fround(input * scale))
    return { axis, input, output, size: output, scale }
  }
  const size = op.size(op.input(0), axis)
  const { graph } = op
  if (Number.isInteger(scale)) {
    const whole = scale === 1 ? size : op.add('Mul', [size, graph.ints([scale])])
    return { axis, input, output: undefined, size: whole, scale }
  }
  const product = op.add('Mul', [op.add('Cast', [size], { DstT: { type: 'DT_FLOAT' } }), graph.float(scale)])
  const floored = op.add('Cast', [op.add('Floor', [product])], { DstT: { type: 'DT_INT32' } })
  return { axis, input, output: undefined, size: floored, scale }
}

function sizeAt(op: Operation, index: number): string {
  const list = (value: number) => op.graph.ints([value])
  return op.add('StridedSlice', [op.reference(op.input(3), 'onnx'), list(index), list(index + 1), list(1)])
}

/** The TensorFlow operator that reads at the same coordinates, if there is one. */
function nativeOperator(
  { mode, coordinates, rounding }: ResizeMode,
  axes: readonly ResizedAxis[],
): { name: string; aligned: boolean; half: boolean } | undefined {
  // Beyond 16, products with the rounded reciprocal of the scale may fall below the whole number they stand for.
  const whole = axes.every(({ scale }) => scale !== undefined && Number.isInteger(scale) && scale > 0 && scale <= 16)
  const exact = axes.every(({ input, output, scale }) => scale === undefined || (input && output === input * scale))
  const halves = coordinates === 'half_pixel' || (coordinates === 'pytorch_half_pixel' && whole)
  const simple = { aligned: false, half: false }
  if (mode === 'nearest') {
    const floors = coordinates === 'asymmetric' && rounding === 'floor'
    // Enlarging by whole numbers, the nearest pixel by centres is never tied, and is the one that floor finds.
    const rounds = halves && rounding.startsWith('round_prefer')
    return whole && (floors || rounds) ? { name: 'ResizeNearestNeighbor', ...simple } : undefined
  }
  if (mode !== 'linear') return undefined
  if (coordinates === 'align_corners') return { name: 'ResizeBilinear', aligned: true, half: false }
  if (!whole && !exact) return undefined
  if (halves) return { name: 'ResizeBilinear', aligned: false, half: true }
  return coordinates === 'asymmetric' ? { name: 'ResizeBilinear', ...simple } : undefined
}
