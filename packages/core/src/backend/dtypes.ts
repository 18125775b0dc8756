/** The element types that i2i has tensors for; runtimes have more. */
export type Dtype = 'float32' | 'float16' | 'uint16' | 'uint8' | 'bool' | 'int8' | 'int32' | 'int64'

type ArrayClass =
  | typeof Float32Array
  | typeof Uint16Array
  | typeof Uint8Array
  | typeof Int8Array
  | typeof Int32Array
  | typeof BigInt64Array

const arrays: Readonly<Record<Dtype, ArrayClass>> = {
  float32: Float32Array,
  float16: Uint16Array,
  uint16: Uint16Array,
  uint8: Uint8Array,
  bool: Uint8Array,
  int8: Int8Array,
  int32: Int32Array,
  int64: BigInt64Array,
}

/** Whether i2i has tensors of this element type. */
export function isDtype(name: string): name is Dtype {
  return Object.hasOwn(arrays, name)
}

/** The class whose instances hold tensors of `dtype`. */
export function arrayOf(dtype: Dtype): ArrayClass {
  return arrays[dtype]
}
