import {
  create,
  type DescField,
  type DescMessage,
  type MessageInitShape,
  type MessageShape,
  ScalarType,
} from '@bufbuild/protobuf'
import fc from 'fast-check'
import { GraphProtoSchema, type ModelProto, ModelProtoSchema, OperatorSetIdProtoSchema } from 'onnx-buf'

// Numbers that count something: more than 2^53 of anything is refused, by design.
const counts = new Set(['dims', 'version', 'irVersion', 'dimValue', 'begin', 'end'])

/** Any model that the official schema allows, made from its own descriptors: every field of every message, to a few levels. */
export const anyModel: fc.Arbitrary<ModelProto> = fc
  .tuple(anyMessage(ModelProtoSchema, 4), anyMessage(GraphProtoSchema, 4), anyMessage(OperatorSetIdProtoSchema, 1))
  .map(([model, graph, opset]) => create(ModelProtoSchema, { ...model, graph, opsetImport: [opset] }))

function anyMessage<D extends DescMessage>(desc: D, depth: number): fc.Arbitrary<MessageShape<D>> {
  const record: Record<string, fc.Arbitrary<unknown>> = {}
  for (const member of desc.members) {
    if (member.kind === 'oneof') {
      const cases = member.fields.filter((candidate) => depth > 0 || candidate.fieldKind !== 'message')
      if (cases.length === 0) continue
      record[member.localName] = fc.oneof(
        ...cases.map((candidate) => anyValue(candidate, depth).map((value) => ({ case: candidate.localName, value }))),
      )
    } else if (depth > 0 || (member.fieldKind !== 'message' && member.fieldKind !== 'list')) {
      record[member.localName] = anyValue(member, depth)
    }
  }
  // The deeper, the fewer: a model of every field at every level would be endless.
  // Its keys and values were made from `desc`.
  return fc.record(record, { requiredKeys: [] }).map((init) => create(desc, init as MessageInitShape<D>))
}

function anyValue(of: DescField, depth: number): fc.Arbitrary<unknown> {
  if (of.fieldKind === 'list') {
    const item =
      of.listKind === 'message'
        ? fc.memo((): fc.Arbitrary<unknown> => anyMessage(of.message, depth - 2))()
        : anyScalar(of.scalar, of.localName)
    return fc.array(item, { maxLength: of.listKind === 'message' ? 2 : 4 })
  }
  if (of.fieldKind === 'message') return anyMessage(of.message, depth - 1)
  if (of.fieldKind === 'enum') return fc.constantFrom(...of.enum.values.map(({ number }) => number))
  return anyScalar(of.scalar, of.localName)
}

function anyScalar(type: ScalarType | undefined, name: string): fc.Arbitrary<unknown> {
  switch (type) {
    case ScalarType.INT64:
      return counts.has(name) ? fc.maxSafeInteger().map(BigInt) : fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n })
    case ScalarType.UINT64:
      return fc.bigInt({ min: 0n, max: 2n ** 64n - 1n })
    case ScalarType.INT32:
      return fc.integer()
    case ScalarType.FLOAT:
      return fc.float()
    case ScalarType.DOUBLE:
      return fc.double()
    case ScalarType.STRING:
      return fc.string({ unit: 'grapheme', maxLength: 6 })
    case ScalarType.BYTES:
      return fc.uint8Array({ maxLength: 6 })
    default:
      throw new Error(`ONNX has no scalar of type ${type}`)
  }
}
