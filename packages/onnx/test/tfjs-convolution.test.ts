import { describe, test } from 'vitest'
import { type AttributeValue, float, type GraphBuilder } from '../src/index.js'
import { type Case, expectSame, noise } from './tfjs-run.js'

type Attributes = Readonly<Record<string, AttributeValue>>

function weights(graph: GraphBuilder, dims: readonly number[], seed = 3): string {
  return graph.constant(noise(dims, seed).data, dims)
}

/** A convolution of 7x9 pixels with a bias. */
function conv(filter: readonly number[], attributes: Attributes, channels = 4, size = [7, 9]): Case {
  return {
    dims: [2, channels, ...size],
    build: (graph, x) => graph.node('Conv', [x, weights(graph, filter), weights(graph, [filter[0]!], 4)], attributes),
  }
}

function convTranspose(filter: readonly number[], attributes: Attributes, symbolic = true): Case {
  const outputs = filter[1]! * Number(attributes['group'] ?? 1)
  return {
    dims: [2, filter[0]!, 5, 4],
    symbolic,
    build: (graph, x) =>
      graph.node('ConvTranspose', [x, weights(graph, filter), weights(graph, [outputs], 4)], attributes),
  }
}

describe('Conv', () => {
  const cases: Readonly<Record<string, Case>> = {
    '1x1': conv([5, 4, 1, 1], {}),
    '3x3 padded': conv([5, 4, 3, 3], { pads: [1, 1, 1, 1] }),
    '3x2, stride 2, asymmetric pads': conv([5, 4, 3, 2], { pads: [0, 1, 2, 0], strides: [2, 2] }),
    'strides that differ': conv([5, 4, 3, 3], { strides: [1, 3], pads: [1, 1, 1, 1] }),
    'stride 2, even size': conv([5, 4, 3, 3], { pads: [1, 1, 1, 1], strides: [2, 2] }, 4, [8, 6]),
    dilated: conv([5, 4, 3, 3], { dilations: [2, 3], pads: [2, 3, 2, 3] }),
    'dilated with a stride': conv([5, 4, 3, 3], { dilations: [2, 2], strides: [2, 2], pads: [2, 2, 2, 2] }),
    'two groups': conv([6, 2, 3, 3], { group: 2, pads: [1, 1, 1, 1] }),
    depthwise: conv([4, 1, 3, 3], { group: 4, pads: [1, 0, 1, 2] }),
    'depthwise, two outputs a channel, stride 2': conv([8, 1, 3, 3], { group: 4, pads: [1, 1, 1, 1], strides: [2, 2] }),
    'depthwise, dilated': conv([4, 1, 3, 3], { group: 4, dilations: [2, 2], pads: [2, 2, 2, 2] }),
    'auto_pad VALID': conv([5, 4, 3, 3], { auto_pad: 'VALID' }),
    'auto_pad SAME_UPPER, stride 2': conv([5, 4, 4, 3], { auto_pad: 'SAME_UPPER', strides: [2, 2] }),
    'auto_pad SAME_UPPER, stride 2, even size': conv(
      [5, 4, 3, 3],
      { auto_pad: 'SAME_UPPER', strides: [2, 2] },
      4,
      [8, 6],
    ),
    'auto_pad SAME_LOWER, even kernel': conv([5, 4, 4, 2], { auto_pad: 'SAME_LOWER' }),
    'auto_pad SAME_LOWER, stride 2': {
      ...conv([5, 4, 3, 3], { auto_pad: 'SAME_LOWER', strides: [2, 2] }, 4, [8, 6]),
      symbolic: false,
    },
    'without a bias': {
      dims: [1, 3, 5, 5],
      build: (graph, x) => graph.node('Conv', [x, weights(graph, [4, 3, 3, 3])], {}),
    },
  }
  test.each(Object.entries(cases))('%s', async (_, it) => {
    await expectSame(it)
  })
})

describe('ConvTranspose', () => {
  const cases: Readonly<Record<string, Case>> = {
    '2x2, stride 2': convTranspose([3, 4, 2, 2], { strides: [2, 2] }),
    '4x4, stride 2, pads 1': convTranspose([3, 4, 4, 4], { strides: [2, 2], pads: [1, 1, 1, 1] }),
    'asymmetric pads and output_padding': convTranspose([3, 4, 3, 3], {
      strides: [2, 2],
      pads: [1, 0, 0, 1],
      output_padding: [1, 1],
    }),
    'strides that differ': convTranspose([3, 4, 3, 3], { strides: [1, 2] }),
    dilated: convTranspose([3, 4, 3, 3], { dilations: [2, 2], strides: [2, 2] }),
    'two groups': convTranspose([4, 3, 3, 3], { group: 2, strides: [2, 2] }),
    'auto_pad SAME_UPPER': convTranspose([3, 4, 3, 3], { auto_pad: 'SAME_UPPER', strides: [2, 2] }),
    'auto_pad SAME_LOWER': convTranspose([3, 4, 3, 3], { auto_pad: 'SAME_LOWER', strides: [2, 2] }),
    output_shape: convTranspose([3, 4, 3, 3], { output_shape: [10, 8], strides: [2, 2] }, false),
  }
  test.each(Object.entries(cases))('%s', async (_, it) => {
    await expectSame(it)
  })
})

describe('what follows a convolution', () => {
  const after = (build: (graph: GraphBuilder, y: string) => string | string[], group = 1): Case => ({
    dims: [1, 4, 6, 5],
    build: (graph, x) => {
      const filter = weights(graph, [8, 4 / group, 3, 3])
      return build(graph, graph.node('Conv', [x, filter, weights(graph, [8], 4)], { pads: [1, 1, 1, 1], group }))
    },
  })
  const batchNorm = (graph: GraphBuilder, y: string) => {
    const [scale, shift, mean] = [5, 6, 7].map((seed) => weights(graph, [8], seed))
    const variance = graph.constant(noise([8], 8).data.map((value) => Math.abs(value) + 0.1))
    return graph.node('BatchNormalization', [y, scale!, shift!, mean!, variance], { epsilon: float(1e-3) })
  }
  const cases: Readonly<Record<string, Case>> = {
    Relu: after((graph, y) => graph.node('Relu', [y])),
    LeakyRelu: after((graph, y) => graph.node('LeakyRelu', [y], { alpha: 0.3 })),
    'LeakyRelu after depthwise': after((graph, y) => graph.node('LeakyRelu', [y], { alpha: 0.3 }), 4),
    'Relu after depthwise': after((graph, y) => graph.node('Relu', [y]), 4),
    'Relu6 as Clip': after((graph, y) =>
      graph.node('Clip', [y, graph.constant(Float32Array.of(0), []), graph.constant(Float32Array.of(6), [])]),
    ),
    'Relu, and the convolution itself': after((graph, y) => [graph.node('Relu', [y]), y]),
    'Relu of a copy that others use': after((graph, y) => {
      const copy = graph.node('Identity', [y])
      return [graph.node('Relu', [copy]), graph.node('Neg', [y])]
    }),
    'Relu twice, Sigmoid': after((graph, y) => graph.node('Sigmoid', [graph.node('Relu', [graph.node('Relu', [y])])])),
    BatchNormalization: after((graph, y) => batchNorm(graph, y)),
    'BatchNormalization after depthwise, then Relu': after((graph, y) => graph.node('Relu', [batchNorm(graph, y)]), 4),
    'BatchNormalization, and the convolution itself': after((graph, y) => [batchNorm(graph, y), y]),
    'DepthToSpace CRD': after((graph, y) => graph.node('DepthToSpace', [y], { blocksize: 2, mode: 'CRD' })),
    'DepthToSpace CRD of a Relu': after((graph, y) =>
      graph.node('DepthToSpace', [graph.node('Relu', [y])], { blocksize: 2, mode: 'CRD' }),
    ),
  }
  test.each(Object.entries(cases))('%s', async (_, it) => {
    await expectSame(it)
  })
})
