import { describe, expect, test } from 'vitest'
import { type AttributeValue, type GraphBuilder, toTfjs } from '../src/index.js'
import { pixelwise } from './tfjs-nhwc.js'
import { type Case, expectSame, modelOf, noise } from './tfjs-run.js'

const dims = [2, 4, 6, 9]
const ints = (graph: GraphBuilder, ...values: number[]) => graph.constant(BigInt64Array.from(values, BigInt))

/** The same nodes on the input as it comes, in ONNX's layout, and on a value that lies in NHWC. */
function both(build: (graph: GraphBuilder, x: string) => string | string[], more: Partial<Case> = {}): Case {
  return { dims, ...more, build: (graph, x) => [build(graph, x), build(graph, pixelwise(graph, x))].flat() }
}

const node = (op: string, attributes: Readonly<Record<string, AttributeValue>>): Case =>
  both((graph, x) => graph.node(op, [x], attributes))

describe('Concat, Split, Transpose, Gather', () => {
  const cases: Readonly<Record<string, Case>> = {
    'Concat of channels': both((graph, x) => graph.node('Concat', [x, graph.node('Neg', [x]), x], { axis: 1 })),
    'Concat of columns': both((graph, x) => graph.node('Concat', [x, graph.node('Neg', [x])], { axis: -1 })),
    'Concat of both layouts and a constant': {
      dims: [1, 4, 3, 2],
      symbolic: false,
      build: (graph, x) =>
        graph.node('Concat', [x, pixelwise(graph, x), graph.constant(noise([1, 2, 3, 2]).data, [1, 2, 3, 2])], {
          axis: 1,
        }),
    },
    'Split in equal parts': both((graph, x) => graph.nodes('Split', [x], 2, { axis: 1 })),
    'Split by sizes': both((graph, x) => graph.nodes('Split', [x, ints(graph, 1, 3)], 2, { axis: 1 })),
    'Split of opset 11': both((graph, x) => graph.nodes('Split', [x], 2, { axis: 1, split: [3, 1] }), { opset: 11 }),
    'Transpose to NHWC': node('Transpose', { perm: [0, 2, 3, 1] }),
    'Transpose to NCHW': node('Transpose', { perm: [0, 3, 1, 2] }),
    'Transpose of another kind': node('Transpose', { perm: [3, 0, 2, 1] }),
    'Transpose, all round': both((graph, x) => graph.node('Transpose', [x])),
    'Gather of channels': both((graph, x) => graph.node('Gather', [x, ints(graph, 2, 0, -1)], { axis: 1 })),
    'Gather of one channel': both((graph, x) =>
      graph.node('Gather', [x, graph.constant(BigInt64Array.of(2n), [])], { axis: 1 }),
    ),
  }
  test.each(Object.entries(cases))('%s', async (_, it) => {
    expect(await expectSame(it)).toBe(0)
  })
})

describe('Slice', () => {
  const slice = (starts: number[], ends: number[], axes: number[], steps?: number[]) =>
    both((graph, x) => {
      const inputs = [starts, ends, axes, ...(steps ? [steps] : [])].map((list) => ints(graph, ...list))
      return graph.node('Slice', [x, ...inputs])
    })
  const cases: Readonly<Record<string, Case>> = {
    channels: slice([1], [3], [1]),
    'from the end': slice([-3, -5], [-1, 100], [3, 2]),
    'to the end of everything': slice([1], [2 ** 31 - 1], [2]),
    steps: slice([0, 1], [100, 100], [2, 3], [2, 3]),
    backwards: slice([-1], [-100], [3], [-1]),
    'backwards in steps': slice([7, 4], [1, -100], [3, 2], [-2, -2]),
    'attributes of opset 9': both(
      (graph, x) => graph.node('Slice', [x], { starts: [1, 0], ends: [3, -1], axes: [1, 3] }),
      {
        opset: 9,
      },
    ),
  }
  test.each(Object.entries(cases))('%s', async (_, it) => {
    expect(await expectSame(it)).toBe(0)
  })

  test('ends that the run computes', async () => {
    const it = both((graph, x) => {
      const half = graph.node('Div', [graph.node('Gather', [graph.node('Shape', [x]), ints(graph, 3)]), ints(graph, 2)])
      return [
        graph.node('Slice', [x, ints(graph, 0), half, ints(graph, 3)]),
        graph.node('Slice', [x, half, ints(graph, 99), ints(graph, 3)]),
      ]
    })
    expect(await expectSame(it)).toBe(0)
  })
})

describe('Pad', () => {
  const pad = (mode: string, pads: number[], value?: number) =>
    both((graph, x) => {
      const filler = value === undefined ? [] : [graph.constant(Float32Array.of(value), [])]
      return graph.node('Pad', [x, ints(graph, ...pads), ...filler], { mode })
    })
  const cases: Readonly<Record<string, Case>> = {
    constant: pad('constant', [0, 0, 1, 2, 0, 0, 3, 0]),
    'a constant of 1.5, channels too': pad('constant', [0, 1, 1, 0, 1, 0, 0, 2], 1.5),
    reflect: pad('reflect', [0, 0, 2, 3, 0, 0, 1, 0]),
    edge: pad('edge', [0, 0, 2, 0, 0, 0, 1, 3]),
    cut: pad('constant', [0, 0, -1, 2, 0, 0, -2, -1]),
    'reflect, cut on one side': pad('reflect', [0, 0, -1, 2, 0, 0, 1, -2]),
    'axes of opset 18': both(
      (graph, x) => graph.node('Pad', [x, ints(graph, 1, 2, 3, 4), '', ints(graph, -1, 2)], { mode: 'edge' }),
      { opset: 18 },
    ),
    'attributes of opset 10': both(
      (graph, x) => graph.node('Pad', [x], { pads: [0, 0, 1, 1, 0, 0, 2, 2], value: 0.5 }),
      {
        opset: 10,
      },
    ),
  }
  test.each(Object.entries(cases))('%s', async (_, it) => {
    expect(await expectSame(it)).toBe(0)
  })
})

describe('DepthToSpace and SpaceToDepth', () => {
  test.each(['DCR', 'CRD'])('DepthToSpace %s', async (mode) => {
    expect(await expectSame({ ...node('DepthToSpace', { blocksize: 2, mode }), dims: [2, 12, 3, 5] })).toBe(0)
    expect(await expectSame({ ...node('DepthToSpace', { blocksize: 3, mode }), dims: [1, 18, 2, 3] })).toBe(0)
  })

  test.each([2, 3])('SpaceToDepth by %i', async (blocksize) => {
    expect(await expectSame({ ...node('SpaceToDepth', { blocksize }), dims: [2, 3, 6, 12] })).toBe(0)
  })

  test('PixelShuffle as Reshape, Transpose, Reshape', async () => {
    const it = both(
      (graph, x) => {
        const blocks = graph.node('Reshape', [x, ints(graph, 1, 3, 2, 2, 4, 5)])
        const turned = graph.node('Transpose', [blocks], { perm: [0, 1, 4, 2, 5, 3] })
        return graph.node('Reshape', [turned, ints(graph, 1, 3, 8, 10)])
      },
      { dims: [1, 12, 4, 5] },
    )
    expect(await expectSame(it)).toBe(0)
  })
})

test('transposes stand at the ends only', () => {
  const model = modelOf(
    {
      dims: [1, 4, 6, 6],
      build: (graph, x) => {
        const conv = (value: string) =>
          graph.node('Conv', [value, graph.constant(noise([4, 4, 1, 1]).data, [4, 4, 1, 1])])
        const joined = graph.node('Concat', [conv(x), graph.node('Relu', [conv(conv(x))])], { axis: 1 })
        const [left, right] = graph.nodes('Split', [joined], 2, { axis: 1 })
        const there = graph.node('Transpose', [graph.node('Mul', [left!, right!])], { perm: [0, 2, 3, 1] })
        return graph.node('DepthToSpace', [graph.node('Transpose', [there], { perm: [0, 3, 1, 2] })], { blocksize: 2 })
      },
    },
    [1, 4, 'height', 'width'],
  )
  expect(toTfjs(model).modelTopology.node.filter(({ op }) => op === 'Transpose')).toHaveLength(2)
})
