import { choice, implicit, many, message, one, optional, packed, repeated, type Schema } from '../protobuf/schema.js'
import { Model } from './model.js'
import type * as T from './types.js'

// Field numbers and kinds are those of ONNX's onnx-ml.proto. Messages without a table here (training info, device
// configurations, opaque types) pass through as unknown fields.

const entry: Schema<T.StringEntry> = message('StringStringEntryProto', {
  key: implicit(1, 'string'),
  value: implicit(2, 'string'),
})

const operatorSetId: Schema<T.OperatorSetId> = message('OperatorSetIdProto', {
  domain: implicit(1, 'string'),
  version: implicit(2, 'int'),
})

const dimension: Schema<T.Dimension> = message('TensorShapeProto.Dimension', {
  dimValue: choice(optional(1, 'int')),
  dimParam: choice(optional(2, 'string')),
  denotation: optional(3, 'string'),
})

const shape: Schema<T.TensorShape> = message('TensorShapeProto', { dims: many(1, () => dimension) })

const tensorType: Schema<T.TensorType> = message('TypeProto.Tensor', {
  elemType: implicit(1, 'int32'),
  shape: one(2, () => shape),
})

const elementType: Schema<T.ElementType> = message('TypeProto.Sequence', { elemType: one(1, () => valueType) })

const mapType: Schema<T.MapType> = message('TypeProto.Map', {
  keyType: implicit(1, 'int32'),
  valueType: one(2, () => valueType),
})

const valueType: Schema<T.ValueType> = message('TypeProto', {
  tensorType: choice(one(1, () => tensorType)),
  sequenceType: choice(one(4, () => elementType)),
  mapType: choice(one(5, () => mapType)),
  denotation: optional(6, 'string'),
  sparseTensorType: choice(one(8, () => tensorType)),
  optionalType: choice(one(9, () => elementType)),
})

const valueInfo: Schema<T.ValueInfo> = message('ValueInfoProto', {
  name: implicit(1, 'string'),
  type: one(2, () => valueType),
  docString: implicit(3, 'string'),
  metadata: many(4, () => entry),
})

const segment: Schema<T.Segment> = message('TensorProto.Segment', {
  begin: implicit(1, 'int'),
  end: implicit(2, 'int'),
})

const tensor: Schema<T.OnnxTensor> = message('TensorProto', {
  dims: repeated(1, 'int'),
  dataType: implicit(2, 'int32'),
  segment: one(3, () => segment),
  floatData: packed(4, 'float'),
  int32Data: packed(5, 'int32'),
  stringData: repeated(6, 'bytes'),
  int64Data: packed(7, 'int64'),
  name: implicit(8, 'string'),
  rawData: optional(9, 'bytes'),
  doubleData: packed(10, 'double'),
  uint64Data: packed(11, 'uint64'),
  docString: implicit(12, 'string'),
  externalData: many(13, () => entry),
  dataLocation: optional(14, 'int32'),
  metadata: many(16, () => entry),
})

const sparseTensor: Schema<T.SparseTensor> = message('SparseTensorProto', {
  values: one(1, () => tensor),
  indices: one(2, () => tensor),
  dims: repeated(3, 'int'),
})

const attribute: Schema<T.Attribute> = message('AttributeProto', {
  name: implicit(1, 'string'),
  f: optional(2, 'float'),
  i: optional(3, 'int64'),
  s: optional(4, 'bytes'),
  t: one(5, () => tensor),
  g: one(6, () => graph),
  floats: repeated(7, 'float'),
  ints: repeated(8, 'int64'),
  strings: repeated(9, 'bytes'),
  tensors: many(10, () => tensor),
  graphs: many(11, () => graph),
  docString: implicit(13, 'string'),
  typeProto: one(14, () => valueType),
  typeProtos: many(15, () => valueType),
  type: implicit(20, 'int32'),
  refAttrName: implicit(21, 'string'),
  sparseTensor: one(22, () => sparseTensor),
  sparseTensors: many(23, () => sparseTensor),
})

const node: Schema<T.Node> = message('NodeProto', {
  inputs: repeated(1, 'string'),
  outputs: repeated(2, 'string'),
  name: implicit(3, 'string'),
  opType: implicit(4, 'string'),
  attributes: many(5, () => attribute),
  docString: implicit(6, 'string'),
  domain: implicit(7, 'string'),
  overload: implicit(8, 'string'),
  metadata: many(9, () => entry),
})

const annotation: Schema<T.TensorAnnotation> = message('TensorAnnotation', {
  tensorName: implicit(1, 'string'),
  quantParameterTensorNames: many(2, () => entry),
})

const graph: Schema<T.Graph> = message('GraphProto', {
  nodes: many(1, () => node),
  name: implicit(2, 'string'),
  initializers: many(5, () => tensor),
  docString: implicit(10, 'string'),
  inputs: many(11, () => valueInfo),
  outputs: many(12, () => valueInfo),
  valueInfo: many(13, () => valueInfo),
  quantizationAnnotations: many(14, () => annotation),
  sparseInitializers: many(15, () => sparseTensor),
  metadata: many(16, () => entry),
})

const functionDefinition: Schema<T.FunctionDefinition> = message('FunctionProto', {
  name: implicit(1, 'string'),
  inputs: repeated(4, 'string'),
  outputs: repeated(5, 'string'),
  attributes: repeated(6, 'string'),
  nodes: many(7, () => node),
  docString: implicit(8, 'string'),
  opsetImports: many(9, () => operatorSetId),
  domain: implicit(10, 'string'),
  attributeDefaults: many(11, () => attribute),
  valueInfo: many(12, () => valueInfo),
  overload: implicit(13, 'string'),
  metadata: many(14, () => entry),
})

/** ModelProto. */
export const modelSchema: Schema<Model> = message<Model, 'opset'>(
  'ModelProto',
  {
    irVersion: implicit(1, 'int'),
    producerName: implicit(2, 'string'),
    producerVersion: implicit(3, 'string'),
    domain: implicit(4, 'string'),
    modelVersion: implicit(5, 'int64'),
    docString: implicit(6, 'string'),
    graph: one(7, () => graph),
    opsetImports: many(8, () => operatorSetId),
    metadata: many(14, () => entry),
    functions: many(25, () => functionDefinition),
  },
  // Not by the constructor: a file without a graph must be seen to have none.
  () => Object.create(Model.prototype),
)

/** TensorProto. */
export const tensorSchema: Schema<T.OnnxTensor> = tensor
