import type { FileHandle } from 'node:fs/promises'
import type { TensorData } from '@i2i/core'
import { again, invalid } from './invalid.js'

interface Kind {
  readonly dtype: string
  readonly bytes: number
  readonly view: (buffer: ArrayBuffer) => TensorData
}

const kinds: Readonly<Record<string, Kind>> = {
  '<f4': { dtype: 'float32', bytes: 4, view: (buffer) => new Float32Array(buffer) },
  '<f2': { dtype: 'float16', bytes: 2, view: (buffer) => new Uint16Array(buffer) },
  '|u1': { dtype: 'uint8', bytes: 1, view: (buffer) => new Uint8Array(buffer) },
  '|i1': { dtype: 'int8', bytes: 1, view: (buffer) => new Int8Array(buffer) },
  '<u2': { dtype: 'uint16', bytes: 2, view: (buffer) => new Uint16Array(buffer) },
  '<i4': { dtype: 'int32', bytes: 4, view: (buffer) => new Int32Array(buffer) },
  '<i8': { dtype: 'int64', bytes: 8, view: (buffer) => new BigInt64Array(buffer) },
  '|b1': { dtype: 'bool', bytes: 1, view: (buffer) => new Uint8Array(buffer) },
}

/** What the header of a .npy file says, held against the file's size. */
export interface NpyHeader {
  readonly dtype: string
  readonly dims: readonly number[]
  /** Where the numbers begin, and how many bytes they take. */
  readonly offset: number
  readonly bytes: number
  readonly view: (buffer: ArrayBuffer) => TensorData
}

// numpy writes 128 bytes; more than this would be no shape of ours.
const longestHeader = 4096
const maxDims = 32

/**
 * Reads the header of a .npy file (versions 1 and 2, C order, little endian). Nothing is allocated by what it claims: shape and type
 * must account for every byte of the file.
 * @throws DUMP_INVALID
 */
export async function readNpyHeader(file: FileHandle, path: string): Promise<NpyHeader> {
  const { size } = await file.stat()
  const start = new Uint8Array(Math.min(size, longestHeader + 12))
  await readFully(file, start, 0, path)
  return parseNpyHeader(start, size, path)
}

/** The numbers after a header. @throws DUMP_INVALID when the file has changed its size since */
export async function readNpyData(file: FileHandle, header: NpyHeader, path: string): Promise<Uint8Array<ArrayBuffer>> {
  const data = new Uint8Array(header.bytes)
  await readFully(file, data, header.offset, path)
  return data
}

/** Parses the beginning of a file of `size` bytes. @throws DUMP_INVALID */
export function parseNpyHeader(start: Uint8Array, size: number, path: string): NpyHeader {
  const latin = Buffer.from(start.buffer, start.byteOffset, start.byteLength)
  if (latin.subarray(0, 6).toString('latin1') !== '\x93NUMPY') throw invalid(path, 'is no .npy file', again)
  const [major = 0, minor = 0] = latin.subarray(6, 8)
  if ((major !== 1 && major !== 2) || minor !== 0) {
    throw invalid(path, `is of .npy version ${major}.${minor}`, 'save it again with numpy.save, which writes 1.0')
  }
  const lengthBytes = major === 1 ? 2 : 4
  if (latin.length < 8 + lengthBytes) throw invalid(path, 'ends within its header', again)
  const length = latin.readUIntLE(8, lengthBytes)
  const offset = 8 + lengthBytes + length
  if (length > longestHeader || offset > latin.length) throw invalid(path, 'ends within its header', again)
  const { kind, dims } = dictionary(latin.subarray(8 + lengthBytes, offset).toString('latin1'), path)
  const bytes = dims.reduce((product, axis) => product * axis, kind.bytes)
  if (bytes === size - offset) return { dtype: kind.dtype, dims, offset, bytes, view: kind.view }
  throw invalid(path, `holds ${size - offset} bytes where [${dims.join(', ')}] ${kind.dtype} takes ${bytes}`, again)
}

function dictionary(text: string, path: string): { kind: Kind; dims: number[] } {
  const descr = /'descr'\s*:\s*'([^']*)'/.exec(text)?.[1] ?? 'unknown'
  const order = /'fortran_order'\s*:\s*(True|False)/.exec(text)?.[1]
  const shape = /'shape'\s*:\s*\(([\d,\s]*)\)/.exec(text)?.[1]
  const kind = Object.hasOwn(kinds, descr) ? kinds[descr] : undefined
  if (!kind)
    throw invalid(path, `holds numbers of type "${descr}"`, `save it as one of ${Object.keys(kinds).join(', ')}`)
  if (order !== 'False') throw invalid(path, 'is not in C order', 'save numpy.ascontiguousarray of it')
  const dims = shape?.split(',').flatMap((axis) => (axis.trim() === '' ? [] : [Number(axis)]))
  if (dims && dims.length <= maxDims && dims.every(Number.isSafeInteger)) return { kind, dims }
  throw invalid(path, `has the shape (${shape ?? ''})`, again)
}

async function readFully(file: FileHandle, into: Uint8Array, position: number, path: string): Promise<void> {
  let done = 0
  while (done < into.length) {
    const { bytesRead } = await file.read(into, done, into.length - done, position + done)
    if (bytesRead === 0) throw invalid(path, `ends after ${position + done} bytes`, again)
    done += bytesRead
  }
}
