/** A key and its value, as `metadata_props` and `external_data` hold them. */
export interface StringEntry {
  key: string
  value: string
}

/** An operator set that a model or function uses; domain '' is ONNX's own. */
export interface OperatorSetId {
  domain: string
  version: number
}

/** One size of a shape: fixed, symbolic, or (neither) unknown. */
export interface Dimension {
  dimValue?: number
  dimParam?: string
  denotation?: string
}

/** A shape; a scalar's has no dimension. */
export interface TensorShape {
  dims: Dimension[]
}

/** A tensor's element type (a code of `DataType`) and shape, absent where its rank is unknown. */
export interface TensorType {
  elemType: number
  shape?: TensorShape
}

/** A map's types. */
export interface MapType {
  keyType: number
  valueType?: ValueType
}

/** The type of a sequence's elements or of an optional's content. */
export interface ElementType {
  elemType?: ValueType
}

/** The type of a value: exactly one of the members before `denotation`. */
export interface ValueType {
  tensorType?: TensorType
  sequenceType?: ElementType
  mapType?: MapType
  optionalType?: ElementType
  sparseTensorType?: TensorType
  denotation?: string
}

/** A named value with its type. */
export interface ValueInfo {
  name: string
  type?: ValueType
  docString: string
  metadata: StringEntry[]
}

/** A part of a tensor that is stored in segments. */
export interface Segment {
  begin: number
  end: number
}

/**
 * A tensor as it is stored: `rawData` (little-endian), or one of the typed lists, or `externalData` where `dataLocation` is 1.
 * `tensorData()` gives its numbers whichever it is.
 */
export interface OnnxTensor {
  dims: number[]
  dataType: number
  segment?: Segment
  floatData?: Float32Array
  int32Data?: Int32Array
  stringData: Uint8Array[]
  int64Data?: BigInt64Array
  name: string
  rawData?: Uint8Array
  doubleData?: Float64Array
  uint64Data?: BigUint64Array
  docString: string
  externalData: StringEntry[]
  dataLocation?: number
  metadata: StringEntry[]
}

/** A tensor of which only the elements at `indices` differ from 0. */
export interface SparseTensor {
  values?: OnnxTensor
  indices?: OnnxTensor
  dims: number[]
}

/** A named argument of a node; `type` (a code of `AttributeType`) says which member holds it. */
export interface Attribute {
  name: string
  type: number
  f?: number
  i?: bigint
  s?: Uint8Array
  t?: OnnxTensor
  g?: Graph
  floats: number[]
  ints: bigint[]
  strings: Uint8Array[]
  tensors: OnnxTensor[]
  graphs: Graph[]
  sparseTensor?: SparseTensor
  sparseTensors: SparseTensor[]
  typeProto?: ValueType
  typeProtos: ValueType[]
  refAttrName: string
  docString: string
}

/** One operation: values named in `inputs` ('' for one left out) give values named in `outputs`. */
export interface Node {
  inputs: string[]
  outputs: string[]
  name: string
  opType: string
  attributes: Attribute[]
  docString: string
  domain: string
  overload: string
  metadata: StringEntry[]
}

/** How a tensor is quantised. */
export interface TensorAnnotation {
  tensorName: string
  quantParameterTensorNames: StringEntry[]
}

/** Nodes in topological order, with the values they start from and end in. */
export interface Graph {
  nodes: Node[]
  name: string
  initializers: OnnxTensor[]
  docString: string
  inputs: ValueInfo[]
  outputs: ValueInfo[]
  valueInfo: ValueInfo[]
  quantizationAnnotations: TensorAnnotation[]
  sparseInitializers: SparseTensor[]
  metadata: StringEntry[]
}

/** An operator defined by nodes. */
export interface FunctionDefinition {
  name: string
  inputs: string[]
  outputs: string[]
  attributes: string[]
  nodes: Node[]
  docString: string
  opsetImports: OperatorSetId[]
  domain: string
  attributeDefaults: Attribute[]
  valueInfo: ValueInfo[]
  overload: string
  metadata: StringEntry[]
}
