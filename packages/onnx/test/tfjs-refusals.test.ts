import { describe, expect, test } from 'vitest'
import { float, GraphBuilder, type Model, toTfjs, type UnsupportedNode, writeModel } from '../src/index.js'
import { failureOf } from './support.js'
import { expectClose, noise, runOrt, runTfjs } from './tfjs-run.js'

type Nodes = readonly Pick<UnsupportedNode, 'operator' | 'reason'>[]

/** The nodes that a conversion is refused for. */
function refused(build: (graph: GraphBuilder, x: string) => string): Nodes {
  const failure = failureOf(() => toTfjs(graphOf(build)))
  expect(failure?.code).toBe('MODEL_UNSUPPORTED')
  return (failure?.details?.['nodes'] ?? []) as Nodes
}

function graphOf(build: (graph: GraphBuilder, x: string) => string): Model {
  const graph = new GraphBuilder('refused')
  const y = build(graph, graph.input('x', 'float32', [1, 4, 'height', 'width']))
  graph.output('y', 'float32', [1, 4, 'rows', 'columns'], y)
  return graph.build()
}

test('everything that does not convert is named at once, and nothing that merely depends on it', () => {
  const failure = failureOf(() =>
    toTfjs(
      graphOf((graph, x) => {
        const bent = graph.node('Bend', [x])
        const after = graph.node('Relu', [bent])
        const pooled = graph.node('MaxPool', [x], { kernel_shape: [2, 2], dilations: [2, 2] })
        const folded = graph.node('Fold', [after], {}, { domain: 'com.example' })
        return graph.node('Add', [folded, graph.node('Pad', [pooled, x])])
      }),
    ),
  )
  expect(failure?.details?.['nodes']).toMatchObject([
    { node: 'Bend_0', operator: 'Bend' },
    { node: 'MaxPool_2', operator: 'MaxPool', reason: expect.stringMatching(/dilations = 2,2/) },
    { node: 'Fold_3', operator: 'com.example.Fold' },
  ])
  expect(failure?.message).toMatch(
    /Bend_0 \(Bend\).*MaxPool_2 \(MaxPool\): dilations.*Fold_3 \(com\.example\.Fold\).*ONNX Runtime/,
  )
})

describe('what an operator cannot do is said', () => {
  const weights = (graph: GraphBuilder, dims: readonly number[]) => graph.constant(noise(dims).data, dims)
  test.each<[string, (graph: GraphBuilder, x: string) => string, RegExp]>([
    [
      'a filter that is computed',
      (graph, x) => graph.node('Conv', [x, graph.node('Neg', [x])]),
      /input 1.*not a constant/,
    ],
    [
      'antialias',
      (graph, x) => graph.node('Resize', [x, '', weights(graph, [4])], { mode: 'linear', antialias: 1 }),
      /antialias/,
    ],
    [
      'channels resized',
      (graph, x) => graph.node('Resize', [x, '', graph.constant(Float32Array.of(1, 2, 1, 1))]),
      /channels/,
    ],
    [
      'a mode of Pad',
      (graph, x) =>
        graph.node('Pad', [x, graph.constant(BigInt64Array.of(0n, 0n, 1n, 1n, 0n, 0n, 1n, 1n))], { mode: 'wrap' }),
      /mode = wrap/,
    ],
    [
      'pads that the run computes',
      (graph, x) => graph.node('Pad', [x, graph.node('Shape', [x])]),
      /input 1.*not constant/,
    ],
    ['an Elu of its own', (graph, x) => graph.node('Elu', [x], { alpha: float(2) }), /alpha = 2/],
    ['equal parts of what is not known', (graph, x) => graph.nodes('Split', [x], 2, { axis: 2 })[0]!, /unknown size/],
    [
      'SAME_LOWER with a stride',
      (graph, x) => graph.node('Conv', [x, weights(graph, [4, 4, 3, 3])], { auto_pad: 'SAME_LOWER', strides: [2, 2] }),
      /SAME_LOWER/,
    ],
  ])('%s', (_, build, reason) => {
    expect(refused(build)).toMatchObject([{ reason: expect.stringMatching(reason) }])
  })
})

describe('the converted model', () => {
  const graph = new GraphBuilder('halves')
  const x = graph.input('x', 'float32', [1, 3, 'height', 'width'])
  const bits = Uint16Array.from({ length: 108 }, (_, i) => 0x3000 + i * 37)
  const filter = graph.node('Cast', [graph.constant(bits, [4, 3, 3, 3])], { to: 1 })
  graph.output('the output:0', 'float32', [1, 4, 'rows', 'columns'], graph.node('Conv', [x, filter]))
  const model = graph.build()

  test('is plain data, and the ONNX model stays as it was', () => {
    const before = writeModel(model)
    const converted = toTfjs(model)
    expect(JSON.parse(JSON.stringify(converted.modelTopology))).toEqual(converted.modelTopology)
    expect(Buffer.compare(writeModel(model), before)).toBe(0)
    expect(Object.keys(converted.signature.outputs)).toEqual(['the output:0'])
  })

  test('computes what ONNX Runtime does from float16 weights', async () => {
    const feeds = { x: noise([1, 3, 6, 5]) }
    const [expected, actual] = [await runOrt(model, feeds), await runTfjs(model, feeds, 'wasm')]
    expectClose(actual['the output:0']!, expected['the output:0']!, 1e-6, 'y')
  })

  test('keeps weights in float16 as such, two bytes each', () => {
    const half = new GraphBuilder('half')
    const h = half.input('x', 'float16', [1, 3, 'height', 'width'])
    half.output('y', 'float16', [1, 4, 'rows', 'columns'], half.node('Conv', [h, half.constant(bits, [4, 3, 3, 3])]))
    const { weightSpecs, weightData } = toTfjs(half.build())
    const spec = weightSpecs.find(({ shape }) => shape.length === 4)
    expect(spec).toMatchObject({ dtype: 'float32', quantization: { dtype: 'float16' }, shape: [3, 3, 3, 4] })
    expect(weightData.byteLength).toBeLessThan(108 * 2 + 64)
  })
})
