import { dataTypeName } from '../model/data-type.js'
import { type NumericData, tensorData } from '../model/tensor.js'
import type { Attribute, Node, OnnxTensor } from '../model/types.js'
import type { TfAttributeValue, TfDtype } from './artifacts.js'
import { fromHalf } from './float16.js'
import type { Constant, TfGraph } from './graph.js'
import { type Layout, place } from './layout.js'
import { computed, constantValue, type Dim, reference, type Value } from './value.js'

/** Why a node cannot be converted; collected by node, not thrown to the caller. */
export class Unsupported extends Error {}

/** What all nodes of one conversion share. */
export interface Conversion {
  readonly graph: TfGraph
  readonly opset: number
  readonly values: Map<string, Value>
  /** How often each value is used, as an output of the graph too. */
  readonly uses: ReadonlyMap<string, number>
}

const decoder = new TextDecoder()

/** An ONNX node being converted: its attributes and inputs, and where its results go. */
export class Operation {
  readonly node: Node
  readonly graph: TfGraph
  readonly opset: number
  private readonly conversion: Conversion

  constructor(node: Node, conversion: Conversion) {
    this.node = node
    this.graph = conversion.graph
    this.opset = conversion.opset
    this.conversion = conversion
  }

  /** The value of an input. @throws Unsupported when it was left out */
  input(index: number): Value {
    const value = this.optional(index)
    if (!value) throw new Unsupported(`input ${index} is missing`)
    return value
  }

  /** The value of an input that may be left out. */
  optional(index: number): Value | undefined {
    const name = this.node.inputs[index]
    return name ? this.conversion.values.get(name) : undefined
  }

  /** Whether nothing but this node uses the value of an input. */
  isOnlyUser(index: number): boolean {
    return this.conversion.uses.get(this.node.inputs[index] ?? '') === 1
  }

  /** Gives a result: a reference in a layout. */
  result(made: string, layout: Layout, dtype: TfDtype, dims: readonly Dim[]): Value {
    return computed(made, layout, dtype, dims)
  }

  /** Adds a node to the TensorFlow graph. */
  add(op: string, inputs: readonly string[], attributes?: Readonly<Record<string, TfAttributeValue>>): string {
    return this.graph.add(op, inputs, attributes)
  }

  /** A reference to a value in a layout. */
  reference(value: Value, layout: Layout): string {
    return reference(this.graph, value, layout)
  }

  /** A reference to a value that is to be combined, by broadcasting, with one of `rank` sizes in a layout. */
  broadcast(value: Value, rank: number, layout: Layout): string {
    const { dims, constant, dtype } = value
    if (layout === 'onnx' || dims.length === 0 || dims.length === 4) {
      return reference(this.graph, value, dims.length === 4 ? layout : 'onnx')
    }
    if (rank !== 4) throw new Unsupported(`sizes [${dims}] do not combine`)
    const padded = [...Array<Dim>(4 - dims.length).fill(1), ...dims]
    if (constant) return reference(this.graph, constantValue(constant, padded as number[]), layout)
    let expanded = reference(this.graph, value, 'onnx')
    for (let axis = dims.length; axis < 4; axis++) expanded = this.add('ExpandDims', [expanded, this.graph.int(0)])
    return reference(this.graph, computed(expanded, 'onnx', dtype, padded), layout)
  }

  /** One of the value's sizes as the model runs, as a list of one. */
  size(value: Value, axis: number): string {
    const known = value.dims[axis]
    if (known !== undefined) return this.graph.ints([known])
    const layout = value.references.onnx === undefined && value.references.nhwc !== undefined ? 'nhwc' : 'onnx'
    const shape = this.add('Shape', [this.reference(value, layout)], { out_type: { type: 'DT_INT32' } })
    const at = place(axis, layout)
    const list = (number: number) => this.graph.ints([number])
    return this.add('StridedSlice', [shape, list(at), list(at + 1), list(1)])
  }

  /** Sizes of a whole number each, or what `size()` gives, as one list. */
  sizes(parts: readonly (number | string)[]): string {
    if (parts.every((part) => typeof part === 'number')) return this.graph.ints(parts)
    const lists = parts.map((part) => (typeof part === 'number' ? this.graph.ints([part]) : part))
    return this.concat(lists, 0)
  }

  /** Joins references along an axis. */
  concat(references: readonly string[], axis: number): string {
    if (references.length === 1) return references[0]!
    return this.add('ConcatV2', [...references, this.graph.int(axis)], { N: references.length })
  }

  /** An axis counted from the front. */
  axis(axis: number, rank: number): number {
    const counted = axis < 0 ? axis + rank : axis
    if (counted < 0 || counted >= rank) throw new Unsupported(`axis ${axis} of ${rank} sizes`)
    return counted
  }

  /** The numbers of an input known while converting; undefined when it was left out. @throws Unsupported when only a run tells */
  numbers(index: number): number[] | undefined {
    const value = this.optional(index)
    if (!value) return undefined
    if (!value.constant) throw new Unsupported(`input ${index} (${this.node.inputs[index]}) is not constant`)
    return Array.from(value.constant.data)
  }

  /** A constant input of floats. @throws Unsupported */
  weights(index: number): Constant & { readonly data: Float32Array; readonly dims: readonly number[] } {
    const { constant, dims } = this.input(index)
    if (!constant || !(constant.data instanceof Float32Array)) {
      throw new Unsupported(`input ${index} (${this.node.inputs[index]}) is not a constant of floats`)
    }
    return { data: constant.data, half: constant.half, dims: dims as number[] }
  }

  /** A whole-number attribute. */
  int(name: string, otherwise: number): number {
    const value = this.attribute(name)?.i
    return value === undefined ? otherwise : Number(value)
  }

  /** A list of whole numbers, undefined when the node does not have it. */
  ints(name: string): number[] | undefined {
    return this.attribute(name)?.ints.map(clampToInt32)
  }

  /** A float attribute. */
  float(name: string, otherwise: number): number {
    return this.attribute(name)?.f ?? otherwise
  }

  /** A text attribute. */
  text(name: string, otherwise: string): string {
    const bytes = this.attribute(name)?.s
    return bytes ? decoder.decode(bytes) : otherwise
  }

  /** An attribute. */
  attribute(name: string): Attribute | undefined {
    return this.node.attributes.find((attribute) => attribute.name === name)
  }
}

/** Gives a whole number as int32 holds it: ends like INT64_MAX mean "to the end" and still do. */
function clampToInt32(value: bigint | number): number {
  return Math.max(-(2 ** 31) + 1, Math.min(2 ** 31 - 1, Number(value)))
}

/** Gives the TensorFlow.js element type that holds an ONNX one. @throws Unsupported */
export function tfDtype(dataType: number): TfDtype {
  switch (dataTypeName(dataType)) {
    case 'float32':
    case 'float16':
    case 'float64':
      return 'float32'
    case 'bool':
      return 'bool'
    case 'uint8':
    case 'int8':
    case 'uint16':
    case 'int16':
    case 'int32':
    case 'int64':
      return 'int32'
    default:
      throw new Unsupported(`TensorFlow.js has no ${dataTypeName(dataType)}`)
  }
}

/** Gives an ONNX tensor as a value known while converting. @throws Unsupported, OnnxError */
export function fromTensor(tensor: OnnxTensor): Value {
  const dtype = tfDtype(tensor.dataType)
  const half = dataTypeName(tensor.dataType) === 'float16'
  const data = numbersOf(tensorData(tensor), dtype, half)
  return constantValue({ data, half }, tensor.dims)
}

function numbersOf(data: NumericData, dtype: TfDtype, half: boolean): Constant['data'] {
  if (half) return Float32Array.from(data as Uint16Array, fromHalf)
  if (dtype === 'float32') return data instanceof Float32Array ? data : Float32Array.from(data as Float64Array)
  if (dtype === 'bool') return Uint8Array.from(data as Uint8Array)
  return data instanceof Int32Array
    ? data
    : data instanceof BigInt64Array
      ? Int32Array.from(data, clampToInt32)
      : Int32Array.from(data as Uint8Array)
}
