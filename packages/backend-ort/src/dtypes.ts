import type { Tensor } from '@i2i/core'

type TensorData = Extract<Tensor, { location: 'cpu' }>['data']

/** The arrays that tensors of each dtype are made of. ONNX's other types have none in i2i. */
const arrays = {
  float32: Float32Array,
  float16: Uint16Array,
  uint16: Uint16Array,
  uint8: Uint8Array,
  bool: Uint8Array,
  int8: Int8Array,
  int32: Int32Array,
  int64: BigInt64Array,
} as const

export type Dtype = keyof typeof arrays

export function isDtype(name: string): name is Dtype {
  return Object.hasOwn(arrays, name)
}

/** The class whose instances hold tensors of `dtype`. */
export function arrayOf(dtype: Dtype): (typeof arrays)[Dtype] {
  return arrays[dtype]
}

/** ONNX Runtime's output data as i2i's: where the host has Float16Array, float16 comes as one. */
export function toTensorData(data: unknown, dtype: Dtype): TensorData | undefined {
  if (data instanceof arrays[dtype]) return data
  if (dtype === 'float16' && ArrayBuffer.isView(data)) {
    return new Uint16Array(data.buffer, data.byteOffset, data.byteLength / 2)
  }
  return undefined
}
