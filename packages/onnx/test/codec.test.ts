import { fromBinary, toBinary } from '@bufbuild/protobuf'
import fc from 'fast-check'
import { ModelProtoSchema } from 'onnx-buf'
import { describe, expect, it } from 'vitest'
import { GraphBuilder, readModel, writeModel, writeModelChunks } from '../src/index.js'
import { anyModel } from './arbitrary-model.js'
import { field, fileBytes, integer, join, modelBytes, text, varint } from './support.js'

const again = (bytes: Uint8Array): Uint8Array => writeModel(readModel(bytes))

describe('files in canonical form come back byte by byte', () => {
  it.each(['fixtures/every-field.onnx', '../../../models/toon/toon.onnx'])('%s', (path) => {
    const bytes = fileBytes(path)
    expect(Buffer.compare(again(bytes), bytes)).toBe(0)
  })

  it('any model that an independent library writes', () => {
    fc.assert(
      fc.property(anyModel, (model) => {
        const bytes = toBinary(ModelProtoSchema, model)
        expect(again(bytes)).toEqual(bytes)
      }),
      { numRuns: 300 },
    )
  })
})

describe('files in other forms keep their form', () => {
  // Group 50: a varint, a nested group, bytes.
  const group = join(
    varint(50 * 8 + 3),
    integer(1, 7),
    varint(2 * 8 + 3),
    varint(2 * 8 + 4),
    text(3, 'in'),
    varint(50 * 8 + 4),
  )
  const fixed = join(varint(51 * 8 + 5), 1, 2, 3, 4, varint(52 * 8 + 1), 1, 2, 3, 4, 5, 6, 7, 8)
  const node = join(text(4, 'Relu'), text(1, 'x'), text(2, 'y'), text(1, 'z'))

  it.each<[string, Uint8Array]>([
    [
      'unknown fields of every wire type, between known ones',
      modelBytes(join(text(2, 'g'), group, fixed, text(10, 'd')), integer(60, 3)),
    ],
    ['unknown fields before known ones', join(group, modelBytes(field(1, fixed, node, group)))],
    ['interleaved lists', modelBytes(join(field(1, node), field(5, text(8, 'w')), field(1, node), text(2, 'g')))],
    [
      'packed dims, as proto3 writers pack them',
      modelBytes(field(5, field(1, 1, 3, varint(300)), integer(2, 1), text(8, 'w'))),
    ],
    [
      'unpacked floats',
      modelBytes(field(5, integer(1, 2), varint(4 * 8 + 5), 0, 0, 192, 63, varint(4 * 8 + 5), 0, 0, 0, 64)),
    ],
    ['bulk numbers in two pieces', modelBytes(field(5, field(7, 1, 2), integer(2, 7), field(7, varint(2 ** 40))))],
    ['packed and unpacked numbers of one field', modelBytes(field(5, integer(1, 1), field(1, 2, 3), integer(1, 4)))],
    ['defaults written out', modelBytes(field(1, text(3, ''), text(4, 'Relu'), text(6, ''), text(7, '')))],
    ['text that is not UTF-8', modelBytes(join(field(2, 0x61, 0xff, 0xc3), text(10, '')))],
    ['text that begins with a byte order mark', modelBytes(field(2, 0xef, 0xbb, 0xbf, 0x61))],
  ])('%s', (_, bytes) => {
    expect(again(bytes)).toEqual(bytes)
    expect(fromBinary(ModelProtoSchema, again(bytes))).toEqual(fromBinary(ModelProtoSchema, bytes))
  })

  it('a known number with another wire type, which the other library refuses', () => {
    const bytes = modelBytes(join(integer(2, 5), text(10, 'd')))
    expect(again(bytes)).toEqual(bytes)
    expect(readModel(bytes).graph).toMatchObject({ name: '', docString: 'd' })
  })

  it('edits are written in a message that keeps its form', () => {
    const bytes = modelBytes(join(field(1, node), field(5, text(8, 'w')), group, field(1, node)))
    const model = readModel(bytes)
    const [first] = model.graph.nodes
    first!.inputs.push('added')
    first!.name = 'named'
    model.graph.nodes = [{ ...first!, opType: 'Neg' }, first!, first!]
    model.graph.initializers = []
    const edited = fromBinary(ModelProtoSchema, writeModel(model))
    expect(edited.graph?.node).toMatchObject([
      { opType: 'Neg', input: ['x', 'z', 'added'], name: 'named' },
      { opType: 'Relu', input: ['x', 'z', 'added'], name: 'named' },
      { opType: 'Relu' },
    ])
    expect(edited.graph?.initializer).toEqual([])
    expect(edited.graph?.$unknown).toMatchObject([{ no: 50 }])
    const [rewritten] = readModel(writeModel(model)).graph.nodes
    expect(rewritten).toMatchObject({ opType: 'Neg', inputs: ['x', 'z', 'added'], name: 'named' })
  })

  it('lists that shrink or empty lose their last, wherever those lay', () => {
    const bytes = modelBytes(join(field(1, node), field(1, node), field(5, text(8, 'w')), field(1, node)))
    for (const left of [2, 1, 0]) {
      const model = readModel(bytes)
      model.graph.nodes.length = left
      const { graph } = fromBinary(ModelProtoSchema, writeModel(model))
      expect(graph?.node).toHaveLength(left)
      expect(graph?.initializer).toMatchObject([{ name: 'w' }])
    }
  })
})

describe('what protobuf says of repeated and conflicting fields holds', () => {
  const merged = (graph: Uint8Array, ...rest: Uint8Array[]) => {
    const bytes = modelBytes(graph, ...rest)
    const official = fromBinary(ModelProtoSchema, bytes)
    expect(fromBinary(ModelProtoSchema, again(bytes))).toEqual(official)
    return readModel(bytes)
  }

  it('the last of a single number or text counts', () => {
    expect(merged(join(text(2, 'first'), text(2, 'last'))).graph.name).toBe('last')
  })

  it('single messages merge', () => {
    const { graph } = merged(
      join(text(2, 'g'), field(1, text(4, 'A'))),
      field(7, field(1, text(4, 'B')), text(10, 'd')),
    )
    expect(graph).toMatchObject({ name: 'g', docString: 'd', nodes: [{ opType: 'A' }, { opType: 'B' }] })
  })

  it('the last of a oneof counts', () => {
    const dims = (...parts: Uint8Array[]) => field(11, field(2, field(1, field(2, field(1, ...parts)))))
    expect(merged(dims(integer(1, 5), text(2, 'n'))).graph.inputs[0]?.type?.tensorType?.shape?.dims).toMatchObject([
      { dimParam: 'n' },
    ])
    const last = merged(dims(text(2, 'n'), integer(1, 5))).graph.inputs[0]?.type?.tensorType?.shape?.dims[0]
    expect(last).toMatchObject({ dimValue: 5 })
    expect(last).not.toHaveProperty('dimParam')
    const types = field(11, field(2, field(1, integer(1, 1)), field(4)))
    expect(merged(types).graph.inputs[0]?.type).not.toHaveProperty('tensorType')
  })
})

describe('64-bit integers', () => {
  const attributes = (i: bigint, ints: readonly bigint[]) => {
    const graph = new GraphBuilder()
    graph.node('Op', [], { i, ints })
    return writeModel(graph.build())
  }

  it('pass in full', () => {
    const int64 = fc.oneof(
      fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }),
      fc
        .tuple(fc.integer({ min: 0, max: 62 }), fc.integer({ min: -1, max: 1 }))
        .map(([bit, by]) => (1n << BigInt(bit)) + BigInt(by)),
      fc.constantFrom(-(2n ** 63n), 2n ** 63n - 1n, -1n, 0n),
    )
    fc.assert(
      fc.property(int64, fc.array(int64, { minLength: 1, maxLength: 5 }), (i, ints) => {
        const bytes = attributes(i, ints)
        expect(fromBinary(ModelProtoSchema, bytes).graph?.node[0]?.attribute).toMatchObject([{ i }, { ints }])
        expect(readModel(bytes).graph.nodes[0]?.attributes).toMatchObject([{ i }, { ints }])
      }),
      { numRuns: 500 },
    )
  })

  it('that count something are numbers, negative ones of ten bytes included', () => {
    for (const version of [
      0,
      1,
      -1,
      2 ** 31,
      -(2 ** 31),
      2 ** 32,
      -(2 ** 32),
      Number.MAX_SAFE_INTEGER,
      Number.MIN_SAFE_INTEGER,
    ]) {
      const model = new GraphBuilder().build({ opset: version })
      expect(readModel(writeModel(model)).opset).toBe(version)
      expect(fromBinary(ModelProtoSchema, writeModel(model)).opsetImport[0]?.version).toBe(BigInt(version))
    }
  })
})

describe('raw data is not copied', () => {
  const weights = new Float32Array(5000).map((_, i) => i)

  it('on reading', () => {
    const bytes = fileBytes('../../../models/toon/toon.onnx')
    const { initializers } = readModel(bytes).graph
    expect(initializers.length).toBeGreaterThan(0)
    for (const { rawData } of initializers) expect(rawData?.buffer).toBe(bytes.buffer)
  })

  it('on reading from a Buffer, whose slice() is another thing', () => {
    const bytes = Buffer.from(fileBytes('fixtures/every-field.onnx'))
    const { initializers } = readModel(bytes).graph
    const raw = initializers.find(({ name }) => name === 'float_raw')?.rawData
    expect(raw?.buffer).toBe(bytes.buffer)
    expect(raw?.constructor).toBe(Uint8Array)
  })

  it('on writing in chunks', () => {
    const graph = new GraphBuilder()
    graph.constant(weights)
    const model = graph.build()
    const chunks = writeModelChunks(model)
    expect(chunks.some(({ buffer }) => buffer === weights.buffer)).toBe(true)
    expect(
      chunks.filter(({ buffer }) => buffer !== weights.buffer).reduce((sum, { length }) => sum + length, 0),
    ).toBeLessThan(100)
    expect(join(...chunks)).toEqual(writeModel(model))
    expect(fromBinary(ModelProtoSchema, join(...chunks)).graph?.initializer[0]?.rawData).toEqual(
      new Uint8Array(weights.buffer),
    )
  })

  it('and many small fields fill many blocks', () => {
    const graph = new GraphBuilder()
    for (let i = 0; i < 5000; i++) graph.node('Relu', [`value ${i}`], { axis: i })
    const bytes = writeModel(graph.build())
    expect(bytes.length).toBeGreaterThan(3 * 65536)
    const official = fromBinary(ModelProtoSchema, bytes)
    expect(official.graph?.node.map(({ input }) => input[0])).toEqual(
      Array.from({ length: 5000 }, (_, i) => `value ${i}`),
    )
    expect(toBinary(ModelProtoSchema, official)).toEqual(bytes)
  })
})
