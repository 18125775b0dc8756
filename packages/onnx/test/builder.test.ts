import { fromBinary } from '@bufbuild/protobuf'
import { ModelProtoSchema } from 'onnx-buf'
import { InferenceSession, Tensor } from 'onnxruntime-node'
import { describe, expect, it } from 'vitest'
import { float, floats, GraphBuilder, makeTensor, writeModel } from '../src/index.js'
import { failureOf } from './support.js'

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text)

const written =
  (build: (graph: GraphBuilder) => unknown) =>
  (graph: GraphBuilder): Uint8Array => {
    build(graph)
    return writeModel(graph.build())
  }

describe('GraphBuilder', () => {
  it('attribute types follow from their values, or are said', () => {
    const inner = new GraphBuilder('inner')
    inner.output('r', 'float32', [], inner.constant(Float32Array.of(1), []))
    const graph = new GraphBuilder()
    const tensor = makeTensor(Float32Array.of(1), [1], 'float32')
    const values = {
      i: 2,
      big: 2n ** 62n,
      f: 0.5,
      one: float(1),
      s: 'é',
      t: tensor,
      g: inner.subgraph(),
      is: [1, 2n],
      fs: [1, 0.5],
      ones: floats([1, 2]),
      ss: ['a', 'b'],
    }
    graph.node('Op', [], values)
    const attributes = fromBinary(ModelProtoSchema, writeModel(graph.build())).graph?.node[0]?.attribute
    expect(attributes?.map(({ name }) => name)).toEqual(Object.keys(values))
    expect(attributes).toMatchObject([
      { type: 2, i: 2n },
      { type: 2, i: 2n ** 62n },
      { type: 1, f: 0.5 },
      { type: 1, f: 1 },
      { type: 3, s: bytes('é') },
      { type: 4, t: { dataType: 1, dims: [1n] } },
      { type: 5, g: { name: 'inner', output: [{ name: 'r' }] } },
      { type: 7, ints: [1n, 2n] },
      { type: 6, floats: [1, 0.5] },
      { type: 6, floats: [1, 2] },
      { type: 8, strings: [bytes('a'), bytes('b')] },
    ])
  })

  it('names are unique, chosen ones are kept', () => {
    const graph = new GraphBuilder()
    const x = graph.input('Relu_0', 'float32', ['n'])
    const made = [
      graph.node('Relu', [x]),
      graph.node('Relu', [x]),
      graph.node('Relu', [x], {}, { as: 'mine' }),
      ...graph.nodes('Split', [x], 2),
      graph.unique('mine'),
    ]
    expect(new Set([x, ...made]).size).toBe(7)
    expect(made).toContain('mine')
  })

  it('opset, format version and further domains go into the file', () => {
    const model = new GraphBuilder('g').build({ opset: 13, irVersion: 7, imports: { my: 2 } })
    expect(model.opset).toBe(13)
    const official = fromBinary(ModelProtoSchema, writeModel(model))
    expect(official).toMatchObject({ irVersion: 7n, graph: { name: 'g' } })
    expect(official.opsetImport.map(({ domain, version }) => [domain, version])).toEqual([
      ['', 13n],
      ['my', 2n],
    ])
  })

  it('what it builds runs, subgraphs that read the outer graph included', async () => {
    const graph = new GraphBuilder()
    const x = graph.input('x', 'float32', ['n', 2])
    const flag = graph.input('flag', 'bool', [])
    const [left = '', right = ''] = graph.nodes('Split', [x], 2, { axis: 1 })
    const branch = (name: string, value: string) => {
      const inner = new GraphBuilder(name)
      inner.output(name, 'float32', ['n', 1], value)
      return inner.subgraph()
    }
    const chosen = graph.node('If', [flag], { then_branch: branch('yes', left), else_branch: branch('no', right) })
    graph.output('y', 'float32', ['n', 1], chosen)
    const session = await InferenceSession.create(writeModel(graph.build()))
    const run = async (value: number) => {
      const feeds = { x: new Tensor('float32', [1, 2, 3, 4], [2, 2]), flag: new Tensor('bool', [value], []) }
      return (await session.run(feeds))['y']?.data
    }
    expect(await run(1)).toEqual(Float32Array.of(1, 3))
    expect(await run(0)).toEqual(Float32Array.of(2, 4))
    await session.release()
  })

  it.each<[string, (graph: GraphBuilder) => unknown, RegExp]>([
    [
      'a name taken',
      (graph) => [graph.input('x', 'float32', []), graph.node('Relu', ['x'], {}, { as: 'x' })],
      /'x'.*taken/,
    ],
    ['an empty name', (graph) => graph.input('', 'float32', []), /empty/],
    ['an unknown output', (graph) => graph.output('y', 'float32', []), /no value 'y'/],
    ['an empty attribute', (graph) => graph.node('Op', [], { axes: [] }), /axes.*no clear type/],
    [
      'a number that does not fit',
      written((graph) => graph.node('Op', [], { i: 2n ** 63n })),
      /i = 9223372036854775808 is no int64/,
    ],
    [
      'a dimension that is no whole number',
      written((graph) => graph.input('x', 'float32', [0.5])),
      /dimValue = 0.5 is no int/,
    ],
  ])('refuses %s', (_, run, message) => {
    const failure = failureOf(() => run(new GraphBuilder()))
    expect(failure?.code).toBe('OPTION_INVALID')
    expect(failure?.message).toMatch(message)
  })

  it('refuses to write a graph that contains itself', () => {
    const graph = new GraphBuilder()
    graph.node('If', [], { then_branch: graph.subgraph() })
    expect(failureOf(() => writeModel(graph.build()))).toMatchObject({
      code: 'OPTION_INVALID',
      message: expect.stringMatching(/nested deeper than 100/),
    })
  })
})
