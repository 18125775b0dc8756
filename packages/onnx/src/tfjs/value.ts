import type { TfDtype, TfNode } from './artifacts.js'
import { type Constant, dtypeOf, type TfGraph } from './graph.js'
import { arrange, fromNhwc, type Layout, permute, toNhwc } from './layout.js'

/** A size; undefined where it is known only when the model runs. */
export type Dim = number | undefined

/** A convolution that has done nothing yet but add its bias, so that what follows can still be folded into it. */
interface OpenConvolution {
  readonly node: TfNode
  /** Output channels are the last axis. */
  readonly filter: Constant
  readonly bias: Constant & { data: Float32Array }
}

/** A value of the ONNX graph as it lies in the TensorFlow graph: in one layout or, once asked for, in both. */
export interface Value {
  readonly dtype: TfDtype
  /** In ONNX order. */
  readonly dims: readonly Dim[]
  readonly constant?: Constant
  readonly convolution?: OpenConvolution
  readonly references: Partial<Record<Layout, string>>
}

/** Gives a computed value. */
export function computed(reference: string, layout: Layout, dtype: TfDtype, dims: readonly Dim[]): Value {
  return { dtype, dims, references: { [layout]: reference } }
}

/** Gives a value known while converting; it takes room in the model only where something asks for it. */
export function constantValue(constant: Constant, dims: readonly number[]): Value {
  return { dtype: dtypeOf(constant), dims, constant, references: {} }
}

/** Gives a reference to the value in a layout, transposing at most once, whoever asks. */
export function reference(graph: TfGraph, value: Value, layout: Layout): string {
  const { references, constant, dims } = value
  const known = references[layout]
  if (known !== undefined) return known
  const made = constant ? constantIn(graph, constant, dims as number[], layout) : transposed(graph, value, layout)
  references[layout] = made
  return made
}

function constantIn(graph: TfGraph, constant: Constant, dims: readonly number[], layout: Layout): string {
  if (layout === 'onnx') return graph.weight(constant, dims)
  return graph.weight({ ...constant, data: permute(constant.data, dims, toNhwc) }, arrange(dims, 'nhwc'))
}

function transposed(graph: TfGraph, { references }: Value, layout: Layout): string {
  const [from, permutation] = layout === 'nhwc' ? [references.onnx, toNhwc] : [references.nhwc, fromNhwc]
  return graph.add('Transpose', [from!, graph.ints(permutation)])
}

/** Gives the layout in which values of these ranks are best combined: NHWC as soon as one of four sizes lies so. */
export function commonLayout(values: readonly Value[]): Layout {
  return values.some(({ references, dims }) => dims.length === 4 && references.nhwc !== undefined) ? 'nhwc' : 'onnx'
}
