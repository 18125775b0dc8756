import { describe, expect, test } from 'vitest'
import { float, floats, type GraphBuilder, readModel, toTfjs, writeModel } from '../src/index.js'
import { type Case, expectSame, modelOf } from './tfjs-run.js'

type Scales = readonly [number, number]

interface Resize {
  readonly mode: 'nearest' | 'linear' | 'cubic'
  readonly coordinates?: string
  readonly rounding?: string
  readonly scales?: Scales
  readonly sizes?: Scales
}

function node(graph: GraphBuilder, x: string, { mode, coordinates, rounding, scales, sizes }: Resize): string {
  const attributes = {
    mode,
    ...(coordinates && { coordinate_transformation_mode: coordinates }),
    ...(rounding && { nearest_mode: rounding }),
  }
  const inputs = sizes
    ? ['', graph.constant(BigInt64Array.of(2n, 3n, BigInt(sizes[0]), BigInt(sizes[1])))]
    : [graph.constant(Float32Array.of(1, 1, ...(scales ?? [2, 2])))]
  return graph.node('Resize', [x, '', ...inputs], attributes)
}

const resize = (spec: Resize, opset = 19): Case => ({
  dims: [2, 3, 5, 7],
  opset,
  build: (graph, x) => node(graph, x, spec),
})

const modes = ['half_pixel', 'pytorch_half_pixel', 'asymmetric', 'align_corners', 'half_pixel_symmetric']
const factors: readonly Scales[] = [
  [2, 2],
  [3, 2],
  [1, 4],
  [0.5, 0.5],
  [1.7, 2.3],
  [0.6, 1.3],
]

describe.each(modes)('coordinates %s', (coordinates) => {
  test.each(factors)('scales %s x %s', async (...scales) => {
    await expectSame(resize({ mode: 'linear', coordinates, scales }))
    await expectSame(resize({ mode: 'cubic', coordinates, scales }))
    // Here the middle row is read at a whole number but for rounding errors, which floor and ceil tell apart.
    const edges = coordinates === 'half_pixel_symmetric' ? [] : ['floor', 'ceil']
    for (const rounding of ['round_prefer_floor', 'round_prefer_ceil', ...edges]) {
      await expectSame(resize({ mode: 'nearest', coordinates, rounding, scales }))
    }
  })

  test.each<Scales>([
    [10, 14],
    [9, 16],
    [3, 3],
    [1, 1],
  ])('sizes %s x %s', async (...sizes) => {
    await expectSame(resize({ mode: 'linear', coordinates, sizes }))
    await expectSame(resize({ mode: 'cubic', coordinates, sizes }))
    await expectSame(resize({ mode: 'nearest', coordinates, sizes }))
  })
})

test('attributes left out', async () => {
  await expectSame(resize({ mode: 'nearest' }))
  await expectSame(resize({ mode: 'linear' }))
})

test('axes name the sizes that change', async () => {
  await expectSame({
    dims: [1, 2, 4, 5],
    opset: 18,
    build: (graph, x) =>
      graph.node('Resize', [x, '', graph.constant(Float32Array.of(3, 2))], { mode: 'nearest', axes: [3, 2] }),
  })
})

test('sizes that the run computes, as PyTorch exports interpolate()', async () => {
  await expectSame({
    dims: [1, 2, 4, 5],
    build: (graph, x) => {
      const ints = (...values: number[]) => graph.constant(BigInt64Array.from(values, BigInt))
      const shape = graph.node('Shape', [x])
      const doubled = graph.node('Mul', [graph.node('Slice', [shape, ints(2), ints(4), ints(0)]), ints(2)])
      const sizes = graph.node('Concat', [graph.node('Slice', [shape, ints(0), ints(2), ints(0)]), doubled], {
        axis: 0,
      })
      return graph.node('Resize', [x, '', '', sizes], {
        mode: 'linear',
        coordinate_transformation_mode: 'pytorch_half_pixel',
      })
    },
  })
})

test.each(['nearest', 'linear'])('Upsample and the Resize of opset 10, %s', async (mode) => {
  const scales = (graph: GraphBuilder) => graph.constant(Float32Array.of(1, 1, 2, 3))
  const dims = [1, 2, 4, 5]
  await expectSame({
    dims,
    opset: 7,
    build: (graph, x) => graph.node('Upsample', [x], { mode, scales: floats([1, 1, 2, 3]) }),
  })
  await expectSame({ dims, opset: 9, build: (graph, x) => graph.node('Upsample', [x, scales(graph)], { mode }) })
  await expectSame({ dims, opset: 10, build: (graph, x) => graph.node('Resize', [x, scales(graph)], { mode }) })
})

test('another cubic coefficient', async () => {
  const build: Case['build'] = (graph, x) =>
    graph.node('Resize', [x, '', graph.constant(Float32Array.of(1, 1, 2, 2))], {
      mode: 'cubic',
      cubic_coeff_a: float(-0.5),
    })
  await expectSame({ dims: [1, 2, 5, 4], build })
})

test.each<[string, Resize]>([
  ['ResizeNearestNeighbor', { mode: 'nearest', coordinates: 'asymmetric', rounding: 'floor' }],
  ['ResizeNearestNeighbor', { mode: 'nearest' }],
  ['ResizeBilinear', { mode: 'linear' }],
  ['ResizeBilinear', { mode: 'linear', coordinates: 'align_corners', scales: [1.5, 1.5] }],
])('what TensorFlow.js has an operator for is one %s', (operator, spec) => {
  const model = readModel(writeModel(modelOf(resize(spec), [1, 3, 'height', 'width'])))
  const { node } = toTfjs(model).modelTopology
  expect(node.map(({ op }) => op)).toContain(operator)
  expect(node.filter(({ op }) => op === 'GatherV2' || op === 'Range')).toHaveLength(0)
})
