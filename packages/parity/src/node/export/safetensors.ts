import type { TensorData } from '@i2i/core'

const dtypes: Readonly<Record<string, string>> = {
  float32: 'F32',
  float16: 'F16',
  uint8: 'U8',
  int8: 'I8',
  uint16: 'U16',
  int32: 'I32',
  int64: 'I64',
  bool: 'BOOL',
}

/** A named array. */
export interface NamedArray {
  readonly name: string
  readonly dtype: string
  readonly dims: readonly number[]
  readonly data: TensorData
}

/** Arrays in the safetensors format: the header's length in 8 bytes, a JSON header, the numbers one after another. */
export function safetensors(arrays: readonly NamedArray[], metadata: Readonly<Record<string, string>>): Uint8Array {
  const header: Record<string, unknown> = { __metadata__: metadata }
  let offset = 0
  for (const { name, dtype, dims, data } of arrays) {
    header[name] = { dtype: dtypes[dtype], shape: dims, data_offsets: [offset, offset + data.byteLength] }
    offset += data.byteLength
  }
  const json = Buffer.from(JSON.stringify(header))
  // Spaces bring the numbers to a multiple of 8, so that readers can map them.
  const text = Buffer.concat([json, Buffer.alloc(-json.length & 7, ' ')])
  const length = Buffer.alloc(8)
  length.writeBigUInt64LE(BigInt(text.length))
  return Buffer.concat([length, text, ...arrays.map(({ data }) => bytesOf(data))])
}

/** The memory of an array as bytes. */
function bytesOf({ buffer, byteOffset, byteLength }: TensorData): Uint8Array {
  return new Uint8Array(buffer, byteOffset, byteLength)
}
