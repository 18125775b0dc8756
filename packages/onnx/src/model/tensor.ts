import { OnnxError } from '../error.js'
import { DataType, type DataTypeName, dataTypeName } from './data-type.js'
import type { OnnxTensor } from './types.js'

/** The numbers of a tensor. float16 and bfloat16 are their bits in a Uint16Array, 8-bit floats theirs in a Uint8Array. */
export type NumericData =
  | Float32Array
  | Float64Array
  | Uint8Array
  | Int8Array
  | Uint16Array
  | Int16Array
  | Uint32Array
  | Int32Array
  | BigInt64Array
  | BigUint64Array

interface ArrayType {
  readonly BYTES_PER_ELEMENT: number
  new (buffer: ArrayBufferLike, byteOffset: number, length: number): NumericData
}

/** How many array elements of which type one tensor element takes; `bits` where several share a byte. */
interface Storage {
  readonly array: ArrayType
  readonly perElement?: number
  readonly bits?: number
}

const storage: Partial<Record<DataTypeName, Storage>> = {
  float32: { array: Float32Array },
  float64: { array: Float64Array },
  complex64: { array: Float32Array, perElement: 2 },
  complex128: { array: Float64Array, perElement: 2 },
  float16: { array: Uint16Array },
  bfloat16: { array: Uint16Array },
  uint8: { array: Uint8Array },
  int8: { array: Int8Array },
  bool: { array: Uint8Array },
  uint16: { array: Uint16Array },
  int16: { array: Int16Array },
  uint32: { array: Uint32Array },
  int32: { array: Int32Array },
  uint64: { array: BigUint64Array },
  int64: { array: BigInt64Array },
  float8e4m3fn: { array: Uint8Array },
  float8e4m3fnuz: { array: Uint8Array },
  float8e5m2: { array: Uint8Array },
  float8e5m2fnuz: { array: Uint8Array },
  float8e8m0: { array: Uint8Array },
  uint4: { array: Uint8Array, bits: 4 },
  int4: { array: Int8Array, bits: 4 },
  float4e2m1: { array: Uint8Array, bits: 4 },
  uint2: { array: Uint8Array, bits: 2 },
  int2: { array: Int8Array, bits: 2 },
}

/** Gives how many elements a shape has; 1 for a scalar's. */
export function elementCount(dims: readonly number[]): number {
  return dims.reduce((product, size) => product * size, 1)
}

/**
 * Gives a tensor's numbers in row-major order, wherever they are stored: a view on `rawData` where it is aligned, else a copy.
 * Complex numbers take two entries; types of fewer than 8 bits come one entry an element (float4e2m1: its code).
 * @throws MODEL_UNSUPPORTED for strings, for external data (set `rawData` from the file first) and for too few or many numbers
 */
export function tensorData(tensor: OnnxTensor): NumericData {
  const type = dataTypeName(tensor.dataType)
  const how = Object.hasOwn(storage, type) ? storage[type as DataTypeName] : undefined
  if (!how) throw unreadable(tensor, `holds ${type}, which is no number; read stringData`)
  if (tensor.rawData === undefined && tensor.dataLocation === 1)
    throw unreadable(
      tensor,
      'lies in another file, named in externalData; set rawData to its bytes and dataLocation to 0',
    )
  const elements = elementCount(tensor.dims)
  const stored = storedNumbers(tensor, how)
  const data = how.bits
    ? spread(new Uint8Array(stored.buffer, stored.byteOffset, stored.byteLength), how, how.bits, elements)
    : stored
  const expected = elements * (how.perElement ?? 1)
  if (data.length !== expected)
    throw unreadable(
      tensor,
      `has ${data.length} numbers where its shape [${tensor.dims}] takes ${expected}; export the model again`,
    )
  return data
}

function storedNumbers(tensor: OnnxTensor, { array, bits }: Storage): NumericData {
  const raw = tensor.rawData
  if (raw && raw.length > 0) {
    const size = array.BYTES_PER_ELEMENT
    if (raw.length % size !== 0)
      throw unreadable(tensor, `has ${raw.length} bytes, no multiple of ${size}; export the model again`)
    const aligned = raw.byteOffset % size === 0 ? raw : new Uint8Array(raw)
    return new array(aligned.buffer, aligned.byteOffset, aligned.length / size)
  }
  const { floatData, doubleData, int64Data, uint64Data, int32Data } = tensor
  // uint32 is kept in the list for uint64; everything of 32 bits or fewer that is no float is kept in the one for int32.
  if (array === Float32Array) return floatData ?? new Float32Array()
  if (array === Float64Array) return doubleData ?? new Float64Array()
  if (array === BigInt64Array) return int64Data ?? new BigInt64Array()
  if (array === BigUint64Array) return uint64Data ?? new BigUint64Array()
  if (array === Uint32Array) return Uint32Array.from(uint64Data ?? [], Number)
  const numbers = int32Data ?? new Int32Array()
  if (array === Int32Array) return numbers
  if (array === Uint16Array) return Uint16Array.from(numbers)
  if (array === Int16Array) return Int16Array.from(numbers)
  return array === Int8Array && !bits ? Int8Array.from(numbers) : Uint8Array.from(numbers)
}

/** Gives one entry for each of the elements that share bytes, the first in the lowest bits. */
function spread(bytes: Uint8Array, { array }: Storage, bits: number, elements: number): NumericData {
  const perByte = 8 / bits
  if (bytes.length !== Math.ceil(elements / perByte)) return bytes
  const signed = array === Int8Array
  const data = signed ? new Int8Array(elements) : new Uint8Array(elements)
  for (let i = 0; i < elements; i++) {
    const atTop = (bytes[Math.floor(i / perByte)]! << (24 + 8 - bits - (i % perByte) * bits)) | 0
    data[i] = signed ? atTop >> (32 - bits) : atTop >>> (32 - bits)
  }
  return data
}

function unreadable(tensor: OnnxTensor, problem: string): OnnxError {
  return new OnnxError('MODEL_UNSUPPORTED', `Tensor '${tensor.name}' ${problem}.`, { tensor: tensor.name })
}

/** Gives a tensor of these numbers, sharing their memory. @throws SHAPE_MISMATCH when shape and numbers differ in count */
export function makeTensor(data: NumericData, dims: readonly number[], dataType: DataTypeName, name = ''): OnnxTensor {
  const how = storage[dataType]
  const bits = how && (how.bits ?? how.array.BYTES_PER_ELEMENT * 8 * (how.perElement ?? 1))
  const expected = bits && Math.ceil((elementCount(dims) * bits) / 8)
  if (expected !== data.byteLength)
    throw new OnnxError(
      'SHAPE_MISMATCH',
      `Tensor '${name}' of ${dataType} and shape [${dims}] takes ${expected} bytes, not ${data.byteLength}; pass as many numbers as the shape has.`,
    )
  return {
    dims: [...dims],
    dataType: DataType[dataType],
    stringData: [],
    name,
    rawData: new Uint8Array(data.buffer, data.byteOffset, data.byteLength),
    docString: '',
    externalData: [],
    metadata: [],
  }
}

/** Gives the element type that a typed array holds unless told otherwise: Uint16Array float16, as everywhere in i2i. */
export function dataTypeOf(data: NumericData): DataTypeName {
  if (data instanceof Float32Array) return 'float32'
  if (data instanceof Float64Array) return 'float64'
  if (data instanceof Uint8Array) return 'uint8'
  if (data instanceof Int8Array) return 'int8'
  if (data instanceof Uint16Array) return 'float16'
  if (data instanceof Int16Array) return 'int16'
  if (data instanceof Uint32Array) return 'uint32'
  if (data instanceof Int32Array) return 'int32'
  return data instanceof BigInt64Array ? 'int64' : 'uint64'
}
