import { readFile } from 'node:fs/promises'

export interface Npy {
  readonly descr: string
  readonly shape: readonly number[]
  readonly data: Float32Array | Uint16Array | Uint8Array
}

/** Reads an .npy file by numpy's own format description, sharing no code with what writes them. */
export async function readNpy(path: string): Promise<Npy> {
  const bytes = await readFile(path)
  if (bytes.subarray(0, 8).toString('latin1') !== '\x93NUMPY\x01\x00') throw new Error(`${path} is not npy 1.0`)
  const end = 10 + bytes.readUInt16LE(8)
  if (end % 64 !== 0) throw new Error(`${path}: the header ends at ${end}, not at a multiple of 64`)
  const header = bytes.subarray(10, end).toString('latin1')
  const descr = /'descr': '([^']+)'/.exec(header)?.[1]
  const shape = /'shape': \(([^)]*)\)/.exec(header)?.[1]
  if (!descr || shape === undefined || !header.includes("'fortran_order': False")) throw new Error(`${path}: ${header}`)
  const body = bytes.buffer.slice(bytes.byteOffset + end, bytes.byteOffset + bytes.length)
  const sizes = shape.split(',').filter((size) => size.trim() !== '')
  return { descr, shape: sizes.map(Number), data: typed(descr, body) }
}

function typed(descr: string, body: ArrayBuffer): Npy['data'] {
  switch (descr) {
    case '<f4':
      return new Float32Array(body)
    case '<f2':
      return new Uint16Array(body)
    case '|u1':
      return new Uint8Array(body)
    default:
      throw new Error(`unexpected dtype ${descr}`)
  }
}
