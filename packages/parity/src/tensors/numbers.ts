import { float16ToNumber, I2iError, type Tensor, type TensorData } from '@i2i/core'

/** Numbers that arithmetic can be done on: float16 bits decoded, int64 rounded to doubles, the rest as it lies. */
export type Numbers = Float32Array | Float64Array | Uint8Array | Int8Array | Int32Array | Uint16Array

/** The numbers that a tensor's data stand for. */
export function numbersOf(data: TensorData, dtype: string): Numbers {
  if (dtype === 'float16') return Float32Array.from(data as Uint16Array, float16ToNumber)
  return data instanceof BigInt64Array ? Float64Array.from(data, Number) : data
}

/** The numbers of a tensor in memory. @throws OPTION_INVALID for one on a GPU, SHAPE_MISMATCH when dims and data disagree */
export function tensorNumbers(tensor: Tensor): Numbers {
  if (tensor.location !== 'cpu') {
    throw new I2iError('OPTION_INVALID', 'a tensor on a GPU cannot be compared; read() it first')
  }
  const { data, dims, dtype } = tensor
  const count = dims.reduce((product, size) => product * size, 1)
  if (count === data.length) return numbersOf(data, dtype)
  throw new I2iError(
    'SHAPE_MISMATCH',
    `a tensor of [${dims.join(', ')}] holds ${data.length} numbers instead of ${count}; pass all of its data`,
    { details: { dims, length: data.length } },
  )
}

/** The position of a flat row-major index in a shape. */
export function indexIn(dims: readonly number[], flat: number): number[] {
  const index: number[] = []
  let rest = flat
  for (const size of dims.toReversed()) {
    index.unshift(rest % size)
    rest = Math.floor(rest / size)
  }
  return index
}
