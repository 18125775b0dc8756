/** The codes of ONNX's element types, by the names that tensors carry elsewhere in i2i. */
export const DataType = {
  undefined: 0,
  float32: 1,
  uint8: 2,
  int8: 3,
  uint16: 4,
  int16: 5,
  int32: 6,
  int64: 7,
  string: 8,
  bool: 9,
  float16: 10,
  float64: 11,
  uint32: 12,
  uint64: 13,
  complex64: 14,
  complex128: 15,
  bfloat16: 16,
  float8e4m3fn: 17,
  float8e4m3fnuz: 18,
  float8e5m2: 19,
  float8e5m2fnuz: 20,
  uint4: 21,
  int4: 22,
  float4e2m1: 23,
  float8e8m0: 24,
  uint2: 25,
  int2: 26,
} as const

/** The name of an element type. */
export type DataTypeName = keyof typeof DataType

/** The codes of ONNX's attribute types. */
export const AttributeType = {
  undefined: 0,
  float: 1,
  int: 2,
  string: 3,
  tensor: 4,
  graph: 5,
  floats: 6,
  ints: 7,
  strings: 8,
  tensors: 9,
  graphs: 10,
  sparseTensor: 11,
  sparseTensors: 12,
  typeProto: 13,
  typeProtos: 14,
} as const

const names = new Map<number, string>(Object.entries(DataType).map(([name, code]) => [code, name]))

/** Gives the name of an element type's code; `unknown(code)` for one this package does not know. */
export function dataTypeName(code: number): string {
  return names.get(code) ?? `unknown(${code})`
}
