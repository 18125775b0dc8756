import type { GraphBuilder, Size } from '../build/builder.js'
import { OnnxError } from '../error.js'
import type { DataTypeName } from '../model/data-type.js'
import { makeTensor, type NumericData } from '../model/tensor.js'
import type { PixelTensor } from './translate.js'

/** An output that no picture decides. */
export interface ConstantOutput {
  readonly name: string
  readonly dtype: DataTypeName
  readonly dims: readonly Size[]
  readonly role: 'mask' | 'data'
  readonly scale: number
}

interface Input {
  readonly name: string
  readonly dims: readonly Size[]
}

const zeros: Partial<Record<DataTypeName, NumericData>> = {
  float32: Float32Array.of(0),
  float64: Float64Array.of(0),
  float16: Uint16Array.of(0),
  uint8: Uint8Array.of(0),
  int8: Int8Array.of(0),
  uint16: Uint16Array.of(0),
  int16: Int16Array.of(0),
  uint32: Uint32Array.of(0),
  int32: Int32Array.of(0),
  uint64: BigUint64Array.of(0n),
  int64: BigInt64Array.of(0n),
  bool: Uint8Array.of(0),
}

/** What 1.0 is in the types a mask comes in. */
const ones: Partial<Record<DataTypeName, NumericData>> = {
  float32: Float32Array.of(1),
  float16: Uint16Array.of(0x3c00),
  uint8: Uint8Array.of(255),
  bool: Uint8Array.of(1),
}

/** Adds the nodes that give a mask of 1 (255 in uint8) as large as the picture times `scale`, or data of 0. @throws MODEL_UNSUPPORTED for a type that has no such constant */
export function constantOutput(
  graph: GraphBuilder,
  output: ConstantOutput,
  inputs: readonly Input[],
  picture: PixelTensor | undefined,
): void {
  const { name, dtype, role, dims } = output
  const value = (role === 'mask' ? ones : zeros)[dtype]
  if (!value)
    throw new OnnxError(
      'MODEL_UNSUPPORTED',
      `Output ${name} of ${dtype} cannot be a constant ${role}; use float32, float16 or uint8.`,
    )
  const sizes = dims.map((size, axis) =>
    typeof size === 'number' ? constantSize(graph, size) : sizeOf(graph, output, axis, size, inputs, picture),
  )
  const shape = sizes.length > 0 ? graph.node('Concat', sizes, { axis: 0 }) : graph.constant(new BigInt64Array(0))
  graph.node('ConstantOfShape', [shape], { value: makeTensor(value, [1], dtype) }, { as: name })
}

/** Gives the value that holds, when the model runs, the size named `symbol`. */
function sizeOf(
  graph: GraphBuilder,
  { dims, role, scale }: ConstantOutput,
  axis: number,
  symbol: string,
  inputs: readonly Input[],
  picture: PixelTensor | undefined,
): string {
  if (role === 'mask' && picture) {
    if (axis === 0 && dims.length > 2) return inputSize(graph, picture.name, 0)
    // Whatever the layout, height comes before width, and both are symbolic or neither is.
    const isHeight = dims.slice(axis + 1).some((size) => typeof size === 'string')
    const size = inputSize(graph, picture.name, (picture.layout === 'NCHW' ? 2 : 1) + (isHeight ? 0 : 1))
    return scale === 1 ? size : graph.node('Mul', [size, constantSize(graph, scale)])
  }
  const source = inputs.find((input) => input.dims.includes(symbol))
  return source ? inputSize(graph, source.name, source.dims.indexOf(symbol)) : constantSize(graph, 1)
}

function inputSize(graph: GraphBuilder, input: string, axis: number): string {
  return graph.node('Gather', [graph.node('Shape', [input]), constantSize(graph, axis)], { axis: 0 })
}

function constantSize(graph: GraphBuilder, size: number): string {
  return graph.constant(BigInt64Array.of(BigInt(size)), [1])
}
