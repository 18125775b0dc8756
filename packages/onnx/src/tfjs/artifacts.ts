/** The element types that TensorFlow.js computes with. */
export type TfDtype = 'float32' | 'int32' | 'bool'

/** How one weight lies in `weightData`; float16 bits are expanded when TensorFlow.js loads them. */
export interface TfjsWeightSpec {
  readonly name: string
  readonly shape: number[]
  readonly dtype: TfDtype
  readonly quantization?: { readonly dtype: 'float16'; readonly original_dtype: 'float32' }
}

/** An attribute of a GraphDef node, as TensorFlow's JSON writes it; strings are base64. */
export interface TfAttribute {
  i?: number
  f?: number
  b?: boolean
  s?: string
  type?: string
  list?: { i?: number[]; s?: string[] }
  shape?: { dim: { size: number }[] }
}

/** A node of a GraphDef; `input` names nodes, `name:1` the second result of one. */
export interface TfNode {
  readonly name: string
  op: string
  input: string[]
  attr: Record<string, TfAttribute>
}

/** Which node stands for a graph input or output, by the name it has in the ONNX model. */
export interface TfjsSignatureEntry {
  readonly name: string
  readonly dtype: string
  readonly tensorShape: { readonly dim: { readonly size: string }[] }
}

/** A TensorFlow.js graph model in memory: what `tf.io.fromMemory()` takes, and what a `model.json` with one weight file holds. */
export interface TfjsModel {
  readonly format: 'graph-model'
  readonly generatedBy: string
  readonly convertedBy: string
  readonly modelTopology: { readonly node: readonly TfNode[]; readonly versions: { readonly producer: number } }
  readonly weightSpecs: TfjsWeightSpec[]
  readonly weightData: ArrayBuffer
  /** Inputs and outputs under their ONNX names, in the ONNX model's order. */
  readonly signature: {
    readonly inputs: Readonly<Record<string, TfjsSignatureEntry>>
    readonly outputs: Readonly<Record<string, TfjsSignatureEntry>>
  }
}

/** TensorFlow's names of the element types. */
export const tfTypes: Readonly<Record<TfDtype, string>> = { float32: 'DT_FLOAT', int32: 'DT_INT32', bool: 'DT_BOOL' }

/** What an attribute can be given as: lists of whole numbers or strings, strings, booleans, `{ f }` for a float, `{ type }` for an element type. */
export type TfAttributeValue = number | boolean | string | readonly number[] | readonly string[] | TfAttribute

/** Gives the JSON form of an attribute. */
export function tfAttribute(value: TfAttributeValue): TfAttribute {
  if (typeof value === 'number') return { i: value }
  if (typeof value === 'boolean') return { b: value }
  if (typeof value === 'string') return { s: btoa(value) }
  if ('length' in value) {
    const numbers = value.filter((item) => typeof item === 'number')
    return numbers.length === value.length
      ? { list: { i: numbers } }
      : { list: { s: value.map((item) => btoa(String(item))) } }
  }
  return value
}
