import { type Operation, Unsupported } from '../operation.js'
import type { Value } from '../value.js'
import type { Single } from './emitter.js'
import { pointwise } from './pointwise.js'

/** An activation that TensorFlow.js can compute inside the convolution before it. */
function fused(name: string, unfused: Single, alpha?: (op: Operation) => number): Single {
  return (op) => {
    const x = op.input(0)
    const { convolution } = x
    if (!convolution || !op.isOnlyUser(0)) return unfused(op)
    // The WASM kernel of depthwise convolutions takes the activation's name and drops its alpha.
    if (alpha && convolution.node.op !== '_FusedConv2D') return unfused(op)
    convolution.node.attr['fused_ops'] = { list: { s: [btoa('BiasAdd'), btoa(name)] } }
    if (alpha) convolution.node.attr['leakyrelu_alpha'] = { f: alpha(op) }
    return { dtype: x.dtype, dims: x.dims, references: x.references }
  }
}

const leak = (op: Operation): number => op.float('alpha', 0.01)

/** max(0, x). */
export const relu: Single = fused('Relu', (op) => pointwise(op, (x) => op.add('Relu', [x])))

/** x, or alpha x below 0. */
export const leakyRelu: Single = fused(
  'LeakyRelu',
  (op) => pointwise(op, (x) => op.add('LeakyRelu', [x], { alpha: { f: leak(op) } })),
  leak,
)

/** min(max(x, low), high); from 0 to 6 it is an activation that convolutions know. */
export function clip(op: Operation): Value {
  const [low, high] = op.opset < 11 ? [op.float('min', lowest), op.float('max', highest)] : bounds(op)
  if (low === 0 && high === 6) return relu6(op)
  return pointwise(op, (x) => clamp(op, x, low, high))
}

const highest = 3.4028234663852886e38
const lowest = -highest
const relu6 = fused('Relu6', (op) => pointwise(op, (x) => op.add('Relu6', [x])))

function bounds(op: Operation): [number, number] {
  return [op.numbers(1)?.[0] ?? lowest, op.numbers(2)?.[0] ?? highest]
}

// Not ClipByValue: where a bound is missing infinities must pass, and NaN must stay NaN.
function clamp(op: Operation, x: string, low: number, high: number): string {
  const number = (value: number) =>
    op.input(0).dtype === 'int32'
      ? op.graph.int(Math.trunc(Math.max(-(2 ** 31), Math.min(2 ** 31 - 1, value))))
      : op.graph.float(value)
  const raised = low === lowest ? x : op.add('Maximum', [x, number(low)])
  return high === highest ? raised : op.add('Minimum', [raised, number(high)])
}

/** x, or slope x below 0; the slope broadcasts. */
export function prelu(op: Operation): Value {
  return pointwise(op, (x, layout) => {
    const slope = op.broadcast(op.input(1), op.input(0).dims.length, layout)
    const negative = op.add('Mul', [op.add('Minimum', [x, op.graph.float(0)]), slope])
    return op.add('AddV2', [op.add('Relu', [x]), negative])
  })
}

/** min(max(alpha x + beta, 0), 1). */
export function hardSigmoid(op: Operation): Value {
  return pointwise(op, (x) => ramp(op, x, op.float('alpha', 0.2), op.float('beta', 0.5)))
}

/** x min(max(x / 6 + 1/2, 0), 1). */
export function hardSwish(op: Operation): Value {
  return pointwise(op, (x) => op.add('Mul', [x, ramp(op, x, 1 / 6, 0.5)]))
}

function ramp(op: Operation, x: string, alpha: number, beta: number): string {
  const { graph } = op
  const line = op.add('AddV2', [op.add('Mul', [x, graph.float(alpha)]), graph.float(beta)])
  return op.add('Minimum', [op.add('Maximum', [line, graph.float(0)]), graph.float(1)])
}

/** x Phi(x): by erf, or by the tanh formula where the node says so. */
export function gelu(op: Operation): Value {
  const { graph } = op
  const mode = op.text('approximate', 'none')
  if (mode !== 'none' && mode !== 'tanh') throw new Unsupported(`approximate = ${mode}`)
  return pointwise(op, (x) => {
    const times = (value: string, factor: number) => op.add('Mul', [value, graph.float(factor)])
    const cubic = () => op.add('AddV2', [x, times(op.add('Mul', [op.add('Square', [x]), x]), 0.044715)])
    const inner =
      mode === 'none'
        ? op.add('Erf', [times(x, Math.SQRT1_2)])
        : op.add('Tanh', [times(cubic(), Math.sqrt(2 / Math.PI))])
    return op.add('Mul', [times(x, 0.5), op.add('AddV2', [inner, graph.float(1)])])
  })
}

/** alpha (exp(x) - 1) below 0, else x. */
export function elu(op: Operation): Value {
  if (op.float('alpha', 1) !== 1) throw new Unsupported(`alpha = ${op.float('alpha', 1)}`)
  return pointwise(op, (x) => op.add('Elu', [x]))
}

/** x tanh(ln(1 + exp(x))). */
export function mish(op: Operation): Value {
  return pointwise(op, (x) => op.add('Mul', [x, op.add('Tanh', [op.add('Softplus', [x])])]))
}
