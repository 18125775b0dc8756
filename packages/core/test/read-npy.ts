import { readFile } from 'node:fs/promises'

/** A .npy file as numpy's format description (NEP 1) has it; written apart from the writer, and stricter than numpy. */
export async function readNpy(path: string): Promise<{ descr: string; shape: number[]; bytes: Buffer }> {
  const file = await readFile(path)
  if (file.subarray(0, 8).toString('latin1') !== '\u0093NUMPY\u0001\u0000') throw new Error('magic')
  const headerLength = file.readUInt16LE(8)
  if ((10 + headerLength) % 64 !== 0) throw new Error('alignment')
  const header = file.subarray(10, 10 + headerLength).toString('latin1')
  const fields = /^\{'descr': '([^']+)', 'fortran_order': False, 'shape': \(([\d, ]*)\), \} *\n$/.exec(header)
  if (!fields) throw new Error(`header ${header}`)
  const [, descr = '', list = ''] = fields
  const parts = list.split(',').map((part) => part.trim())
  // "(3,)" is a tuple of one; "(3)" would be a number.
  if (parts.length === 1 && parts[0] !== '') throw new Error('shape is no tuple')
  const shape = parts.filter((part) => part !== '').map(Number)
  const bytes = file.subarray(10 + headerLength)
  const itemSize = Number(descr.slice(2))
  if (bytes.length !== shape.reduce((a, b) => a * b, itemSize)) throw new Error('length')
  return { descr, shape, bytes }
}
