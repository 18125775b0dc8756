import { readFileSync } from 'node:fs'

/** The brand by which every package recognises an i2i error, written out: these tests import no other package. */
const brand = Symbol.for('i2i.error')

export interface Failure {
  readonly code: string
  readonly message: string
  readonly details: Readonly<Record<string, unknown>> | undefined
}

/** Gives the i2i error that `run` throws; undefined when it throws none; rethrows anything that is no i2i error. */
export function failureOf(run: () => unknown): Failure | undefined {
  try {
    run()
    return undefined
  } catch (error) {
    if (!(error instanceof Error && brand in error && 'code' in error && error.name === 'I2iError')) throw error
    const details = 'details' in error ? (error.details as Failure['details']) : undefined
    return { code: String(error.code), message: error.message, details }
  }
}

/** Bytes of a file named relative to this folder, as a plain Uint8Array at an odd offset of a larger buffer. */
export function fileBytes(path: string): Uint8Array {
  const file = readFileSync(new URL(path, import.meta.url))
  const bytes = new Uint8Array(file.length + 3).subarray(3)
  bytes.set(file)
  return bytes
}

/** Joins byte arrays and single bytes. */
export function join(...parts: (Uint8Array | number)[]): Uint8Array {
  return new Uint8Array(Buffer.concat(parts.map((part) => (typeof part === 'number' ? Uint8Array.of(part) : part))))
}

/** A varint of a non-negative number. */
export function varint(value: number): Uint8Array {
  const bytes: number[] = []
  for (let rest = value; ; rest = Math.floor(rest / 128)) {
    if (rest < 128) return Uint8Array.from([...bytes, rest])
    bytes.push((rest % 128) + 128)
  }
}

/** A length-delimited field. */
export function field(number: number, ...content: (Uint8Array | number)[]): Uint8Array {
  const bytes = join(...content)
  return join(varint(number * 8 + 2), varint(bytes.length), bytes)
}

/** A varint field. */
export function integer(number: number, value: number): Uint8Array {
  return join(varint(number * 8), varint(value))
}

/** A length-delimited field of ASCII text. */
export function text(number: number, value: string): Uint8Array {
  return field(number, new TextEncoder().encode(value))
}

/** A model file around the bytes of a graph. */
export function modelBytes(graph: Uint8Array, ...rest: Uint8Array[]): Uint8Array {
  return join(integer(1, 8), field(7, graph), field(8, integer(2, 17)), ...rest)
}
