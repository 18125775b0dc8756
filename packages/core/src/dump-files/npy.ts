import type { TensorData } from '@i2i/color'
import { I2iError } from '@i2i/color'
import { joined } from '../joined.js'

// numpy's names; float16 lives in a Uint16Array.
const kinds: Readonly<Record<string, { readonly descr: string; readonly holds: readonly string[] }>> = {
  float32: { descr: '<f4', holds: ['Float32Array'] },
  float16: { descr: '<f2', holds: ['Uint16Array'] },
  uint8: { descr: '|u1', holds: ['Uint8Array', 'Uint8ClampedArray'] },
  int8: { descr: '|i1', holds: ['Int8Array'] },
  uint16: { descr: '<u2', holds: ['Uint16Array'] },
  int32: { descr: '<i4', holds: ['Int32Array'] },
  int64: { descr: '<i8', holds: ['BigInt64Array'] },
  bool: { descr: '|b1', holds: ['Uint8Array'] },
}

/**
 * The two parts of a .npy file (format 1.0, C order, little endian, header padded to 64 bytes): the header, and the data as it lies.
 * @throws SHAPE_MISMATCH when dtype, dims and data do not agree
 */
export function npyParts(data: TensorData, dtype: string, dims: readonly number[]): readonly [Uint8Array, Uint8Array] {
  const kind = kinds[dtype]
  const length = dims.reduce((product, size) => product * size, 1)
  if (!kind?.holds.includes(data.constructor.name) || data.length !== length) {
    const got = `${data.constructor.name} of ${data.length}`
    throw new I2iError('SHAPE_MISMATCH', `a ${dtype} tensor of [${dims.join(', ')}] cannot be held by a ${got}`, {
      details: { dtype, dims, length: data.length },
    })
  }
  // A tuple of one needs its comma.
  const shape = dims.length === 1 ? `(${dims[0]},)` : `(${dims.join(', ')})`
  const dictionary = `{'descr': '${kind.descr}', 'fortran_order': False, 'shape': ${shape}, }`
  const size = Math.ceil((10 + dictionary.length + 1) / 64) * 64
  const text = `\x93NUMPY\x01\x00\0\0${dictionary}`.padEnd(size - 1)
  const header = Uint8Array.from(`${text}\n`, (letter) => letter.charCodeAt(0))
  new DataView(header.buffer).setUint16(8, size - 10, true)
  return [header, new Uint8Array(data.buffer, data.byteOffset, data.byteLength)]
}

/** A whole .npy file. @throws SHAPE_MISMATCH when dtype, dims and data do not agree */
export function npyFile(data: TensorData, dtype: string, dims: readonly number[]): Uint8Array<ArrayBuffer> {
  return joined(npyParts(data, dtype, dims))
}
