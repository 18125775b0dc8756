import { describe, expect, test } from 'vitest'
import { DataType, float, type GraphBuilder, makeTensor } from '../src/index.js'
import { pixelwise } from './tfjs-nhwc.js'
import { type Case, expectSame, noise } from './tfjs-run.js'

const dims = [2, 4, 5, 6]
const ints = (graph: GraphBuilder, ...values: number[]) => graph.constant(BigInt64Array.from(values, BigInt))
const weights = (graph: GraphBuilder, shape: readonly number[], seed: number) =>
  graph.constant(noise(shape, seed).data, shape)

function both(build: (graph: GraphBuilder, x: string) => string | string[], more: Partial<Case> = {}): Case {
  return { dims, ...more, build: (graph, x) => [build(graph, x), build(graph, pixelwise(graph, x))].flat() }
}

describe('normalisation', () => {
  const instanceNorm = (graph: GraphBuilder, x: string) =>
    graph.node('InstanceNormalization', [x, weights(graph, [4], 2), weights(graph, [4], 3)], { epsilon: float(1e-4) })
  const variance = (graph: GraphBuilder) => graph.constant(noise([4], 8).data.map((value) => Math.abs(value) + 0.1))
  const cases: Readonly<Record<string, Case>> = {
    InstanceNormalization: both(instanceNorm),
    'InstanceNormalization of a large bright picture': {
      ...both(instanceNorm),
      dims: [1, 4, 64, 64],
      data: noise([1, 4, 64, 64], 3).data.map((value) => 10 + value),
    },
    'GroupNorm as PyTorch exports it': both((graph, x) => {
      const grouped = graph.node('Reshape', [x, ints(graph, 0, 2, -1)])
      const one = graph.constant(Float32Array.of(1, 1))
      const normal = graph.node('InstanceNormalization', [grouped, one, graph.constant(Float32Array.of(0, 0))])
      return graph.node('Reshape', [normal, graph.node('Shape', [x])])
    }),
    BatchNormalization: both((graph, x) =>
      graph.node('BatchNormalization', [x, ...[2, 3, 4].map((seed) => weights(graph, [4], seed)), variance(graph)]),
    ),
    LayerNormalization: both((graph, x) =>
      graph.node('LayerNormalization', [x, weights(graph, [6], 2), weights(graph, [6], 3)], { axis: -1 }),
    ),
  }
  test.each(Object.entries(cases))('%s', async (_, it) => {
    await expectSame(it)
  })
})

describe('reduction', () => {
  test.each(['ReduceMean', 'ReduceMax', 'ReduceMin', 'ReduceProd'])('%s', async (op) => {
    for (const keepdims of [0, 1]) {
      await expectSame(both((graph, x) => graph.node(op, [x], { axes: [2, 3], keepdims })))
      await expectSame(both((graph, x) => graph.node(op, [x], { axes: [-3], keepdims })))
    }
    await expectSame(both((graph, x) => graph.node(op, [x, ints(graph, 1, 3)]), { opset: 18 }))
  })

  test('ReduceSum, over all and over nothing', async () => {
    await expectSame(both((graph, x) => graph.node('ReduceSum', [x, ints(graph, 1)], { keepdims: 0 })))
    await expectSame(both((graph, x) => graph.node('ReduceSum', [x])))
    await expectSame(both((graph, x) => graph.node('ReduceSum', [x], { noop_with_empty_axes: 1 })))
  })

  test.each([0, 1, 2, 3, -1])('Softmax along axis %i', async (axis) => {
    await expectSame(both((graph, x) => graph.node('Softmax', [x], { axis })))
    await expectSame(both((graph, x) => graph.node('Softmax', [x], { axis }), { opset: 11 }))
  })
})

describe('products', () => {
  test('MatMul with a constant, and attention over pixels', async () => {
    await expectSame(both((graph, x) => graph.node('MatMul', [x, weights(graph, [6, 3], 2)])))
    await expectSame(
      both((graph, x) => {
        const tokens = graph.node('Reshape', [x, ints(graph, 0, 4, -1)])
        const turned = graph.node('Transpose', [tokens], { perm: [0, 2, 1] })
        const weight = graph.node('Softmax', [graph.node('MatMul', [tokens, turned])], { axis: -1 })
        return graph.node('MatMul', [weight, tokens])
      }),
    )
  })

  test.each([
    [0, 0],
    [0, 1],
  ])('Gemm, transA %i, transB %i', async (transA, transB) => {
    await expectSame(
      both((graph, x) => {
        const flat = graph.node('Flatten', [graph.node('GlobalAveragePool', [x])])
        const factor = weights(graph, transB ? [3, 4] : [4, 3], 2)
        const attributes = { transA, transB, alpha: float(0.5), beta: float(2) }
        return graph.node('Gemm', [flat, factor, weights(graph, [3], 3)], attributes)
      }),
    )
  })
})

describe('shapes', () => {
  const cases: Readonly<Record<string, Case>> = {
    'Flatten, Squeeze, Unsqueeze': both((graph, x) => {
      const mean = graph.node('GlobalAveragePool', [x])
      const squeezed = graph.node('Squeeze', [mean, ints(graph, -1, 2)])
      return [graph.node('Flatten', [mean]), squeezed, graph.node('Unsqueeze', [squeezed, ints(graph, 0, -1)])]
    }),
    'Reshape to what the run computes': both((graph, x) => {
      const shape = graph.node('Shape', [x])
      const size = (axis: number) => graph.node('Gather', [shape, ints(graph, axis)])
      const pixels = graph.node('Mul', [size(2), size(3)])
      return graph.node('Reshape', [x, graph.node('Concat', [size(0), ints(graph, 4), pixels], { axis: 0 })])
    }),
    'ConstantOfShape, Expand, Tile, Range': both((graph, x) => {
      const shape = graph.node('Shape', [x])
      const two = graph.node('ConstantOfShape', [shape], { value: makeTensor(Float32Array.of(2), [1], 'float32') })
      const row = graph.constant(Float32Array.of(1, 2, 3, 4), [4, 1, 1])
      const numbers = graph.node(
        'Range',
        [0, 6, 1].map((value) => graph.constant(Float32Array.of(value), [])),
      )
      return [
        graph.node('Add', [x, two]),
        graph.node('Expand', [row, shape]),
        graph.node('Tile', [x, ints(graph, 1, 2, 1, 3)]),
        graph.node('Mul', [x, numbers]),
      ]
    }),
    'sizes as numbers of a picture': both((graph, x) => {
      const height = graph.node('Cast', [graph.node('Shape', [x], { start: 2 })], { to: DataType.float32 })
      return graph.node('Div', [x, graph.node('ReduceMax', [height])])
    }),
    'Constant in all its forms': both((graph, x) => {
      const values = [
        { value: makeTensor(Float32Array.of(2), [1], 'float32') },
        { value_float: float(3) },
        { value_floats: [1.5] },
      ].map((attributes) => graph.node('Constant', [], attributes))
      return values.reduce((sum, value) => graph.node('Add', [sum, value]), x)
    }),
  }
  test.each(Object.entries(cases))('%s', async (_, it) => {
    expect(await expectSame(it)).toBeLessThan(1e-5)
  })
})
