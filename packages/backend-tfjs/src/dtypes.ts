import { float16FromNumber, float16ToNumber, I2iError, type Tensor } from '@i2i/core'
import { arrayOf, isDtype } from '@i2i/core/backend'

type TensorData = Extract<Tensor, { location: 'cpu' }>['data']
type CpuTensor = Extract<Tensor, { location: 'cpu' }>

/** The element types that TensorFlow.js computes with. */
export type TfDtype = 'float32' | 'int32' | 'bool'
/** The numbers of a TensorFlow.js tensor; booleans are bytes. */
export type TfData = Float32Array | Int32Array | Uint8Array

/** Gives the numbers of a checked feed as TensorFlow.js takes them: float16 as floats, whole numbers in 32 bits. @throws MODEL_UNSUPPORTED for an int64 beyond 32 bits */
export function toTf({ dtype, data }: CpuTensor): { dtype: TfDtype; data: TfData } {
  if (data instanceof Float32Array) return { dtype: 'float32', data }
  if (dtype === 'float16') return { dtype: 'float32', data: Float32Array.from(data as Uint16Array, float16ToNumber) }
  if (dtype === 'bool') return { dtype: 'bool', data: data as Uint8Array }
  if (data instanceof Int32Array) return { dtype: 'int32', data }
  if (data instanceof BigInt64Array) return { dtype: 'int32', data: Int32Array.from(data, int32) }
  return { dtype: 'int32', data: Int32Array.from(data) }
}

function int32(value: bigint): number {
  if (BigInt.asIntN(32, value) === value) return Number(value)
  throw new I2iError('MODEL_UNSUPPORTED', `TensorFlow.js has no 64-bit numbers; ${value} does not fit 32 bits.`, {
    details: { value: String(value) },
  })
}

/** Gives numbers of TensorFlow.js as the element type that the model declares. @throws MODEL_UNSUPPORTED */
export function fromTf(name: string, data: TfData, dtype: string): TensorData {
  if (!isDtype(dtype)) {
    throw new I2iError('MODEL_UNSUPPORTED', `Output '${name}' is ${dtype}, which i2i has no tensor for.`, {
      details: { name, dtype },
    })
  }
  if (data instanceof arrayOf(dtype)) return data
  switch (dtype) {
    case 'float32':
      return Float32Array.from(data)
    case 'float16':
      return Uint16Array.from(data, float16FromNumber)
    case 'int64':
      return BigInt64Array.from(data as Int32Array, BigInt)
    case 'uint8':
    case 'bool':
      return Uint8Array.from(data)
    case 'uint16':
      return Uint16Array.from(data)
    case 'int8':
      return Int8Array.from(data)
    case 'int32':
      return Int32Array.from(data)
    default:
      return dtype satisfies never
  }
}
