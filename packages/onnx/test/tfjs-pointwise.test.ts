import { describe, expect, test } from 'vitest'
import { type AttributeValue, DataType, float } from '../src/index.js'
import { pixelwise } from './tfjs-nhwc.js'
import { type Case, expectSame, noise } from './tfjs-run.js'

const dims = [1, 3, 5, 4]
const scaled = noise(dims, 5).data.map((value) => value * 8)
const positive = scaled.map((value) => Math.abs(value) + 0.1)

/** NHWC inside: the operator between two convolutions, and alone, where it stays in ONNX's layout. */
function unary(op: string, attributes: Readonly<Record<string, AttributeValue>> = {}, data = scaled, opset = 17): Case {
  return {
    dims,
    data,
    opset,
    build: (graph, x) => [graph.node(op, [x], attributes), graph.node(op, [pixelwise(graph, x)], attributes)],
  }
}

describe('one input', () => {
  const cases: Readonly<Record<string, Case>> = {
    Relu: unary('Relu'),
    LeakyRelu: unary('LeakyRelu', { alpha: 0.2 }),
    'LeakyRelu, alpha left out': unary('LeakyRelu'),
    Sigmoid: unary('Sigmoid'),
    Tanh: unary('Tanh'),
    HardSigmoid: unary('HardSigmoid', { alpha: 0.3, beta: 0.4 }),
    HardSwish: unary('HardSwish'),
    Gelu: unary('Gelu', {}, scaled, 20),
    'Gelu by tanh': unary('Gelu', { approximate: 'tanh' }, scaled, 20),
    Elu: unary('Elu'),
    Mish: unary('Mish', {}, scaled, 18),
    Softplus: unary('Softplus'),
    Abs: unary('Abs'),
    Neg: unary('Neg'),
    Floor: unary('Floor'),
    Ceil: unary('Ceil'),
    Round: unary(
      'Round',
      {},
      Float32Array.from(scaled, (value) => Math.round(value * 2) / 2),
    ),
    Sign: unary('Sign'),
    Exp: unary('Exp'),
    Erf: unary('Erf'),
    Sin: unary('Sin'),
    Cos: unary('Cos'),
    Sqrt: unary('Sqrt', {}, positive),
    Log: unary('Log', {}, positive),
    Reciprocal: unary('Reciprocal', {}, positive),
    Identity: unary('Identity'),
    Dropout: unary('Dropout'),
  }
  test.each(Object.entries(cases))('%s', async (_, it) => {
    await expectSame(it)
  })
})

describe('Clip', () => {
  const clip = (low?: number, high?: number): Case => ({
    dims,
    data: scaled,
    build: (graph, x) => {
      const bound = (value?: number) => (value === undefined ? '' : graph.constant(Float32Array.of(value), []))
      return graph.node('Clip', [x, bound(low), bound(high)])
    },
  })
  test.each([
    [-1, 2],
    [0, 6],
    [undefined, 3],
    [-2, undefined],
    [undefined, undefined],
  ])('from %s to %s', async (low, high) => {
    await expectSame(clip(low, high))
  })

  test('in opset 6', async () => {
    await expectSame({ dims, data: scaled, opset: 6, build: (graph, x) => graph.node('Clip', [x], { min: float(-1) }) })
  })

  test('large numbers pass where a bound is missing, NaN everywhere', async () => {
    await expectSame({ ...clip(0, undefined), dims: [1, 1, 2, 2], data: [Number.NaN, 1e38, -1e38, 0] })
  })
})

describe('PRelu', () => {
  test.each([
    ['a slope a channel', [3, 1, 1]],
    ['one slope', [1]],
    ['a slope a pixel', [3, 5, 4]],
  ])('%s', async (_, shape) => {
    const build: Case['build'] = (graph, x) => {
      const slope = graph.constant(noise(shape, 2).data, shape)
      return [graph.node('PRelu', [x, slope]), graph.node('PRelu', [pixelwise(graph, x), slope])]
    }
    await expectSame({ dims, data: scaled, build })
  })
})

describe('two inputs', () => {
  const shapes = [[], [1], [4], [5, 1], [3, 1, 1], [1, 3, 1, 1], [1, 1, 5, 4], [2, 3, 5, 4]]
  test.each(['Add', 'Sub', 'Mul', 'Div', 'Max', 'Min'])('%s broadcasts', async (op) => {
    for (const shape of shapes) {
      const build: Case['build'] = (graph, x) => {
        const other = graph.constant(
          noise(shape, 2).data.map((value) => value + Math.sign(value) * 0.5),
          shape,
        )
        return [
          graph.node(op, [x, other]),
          graph.node(op, [other, x]),
          graph.node(op, [pixelwise(graph, x), other]),
          graph.node(op, [other, pixelwise(graph, x)]),
        ]
      }
      await expectSame({ dims, build })
    }
  })

  test('values of the run broadcast, of four sizes or fewer', async () => {
    const build: Case['build'] = (graph, x) => {
      const y = pixelwise(graph, x)
      const means = graph.node('ReduceMean', [x], { axes: [0, 2, 3], keepdims: 0 })
      const rows = graph.node('ReduceMean', [x], { axes: [0, 1], keepdims: 0 })
      const column = graph.node('Unsqueeze', [means, graph.constant(BigInt64Array.of(1n, 2n))])
      return [graph.node('Mul', [y, column]), graph.node('Sub', [rows, y]), graph.node('Add', [y, x])]
    }
    await expectSame({ dims, build })
  })

  test.each([2, 0.5, 3, -1.5])('Pow %s', async (exponent) => {
    const build: Case['build'] = (graph, x) => graph.node('Pow', [x, graph.constant(Float32Array.of(exponent), [])])
    await expectSame({ dims, data: positive, build })
  })

  test('Sum, Max and Min of three', async () => {
    const build: Case['build'] = (graph, x) => {
      const others = [3, 4].map((seed) => graph.constant(noise([3, 1, 1], seed).data, [3, 1, 1]))
      return ['Sum', 'Max', 'Min'].map((op) => graph.node(op, [x, ...others]))
    }
    await expectSame({ dims, build })
  })

  test('comparisons choose', async () => {
    const build: Case['build'] = (graph, x) => {
      const y = pixelwise(graph, x)
      const zero = graph.constant(Float32Array.of(0), [])
      const [over, under] = [graph.node('Greater', [x, zero]), graph.node('LessOrEqual', [y, zero])]
      const both = graph.node('Not', [graph.node('Or', [over, graph.node('And', [over, under])])])
      return [
        graph.node('Where', [over, x, zero]),
        graph.node('Where', [under, y, x]),
        graph.node('Where', [both, zero, y]),
      ]
    }
    await expectSame({ dims, build })
  })
})

test('Cast to whole numbers cuts the fraction, and back', async () => {
  const build: Case['build'] = (graph, x) =>
    graph.node('Cast', [graph.node('Cast', [x], { to: DataType.int32 })], { to: DataType.float32 })
  expect(await expectSame({ dims, data: scaled, build })).toBe(0)
})
