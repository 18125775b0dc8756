import { OnnxError } from '../error.js'
import { ChunkWriter } from './chunk-writer.js'
import { maxDepth } from './cursor.js'
import { arrange, layout, type Run, type Slot, wholeRun } from './layout.js'
import { type Bag, type Field, type Schema, Wire } from './schema.js'
import { encodeText } from './utf8.js'

const scratch = new DataView(new ArrayBuffer(8))
const scratchBytes = new Uint8Array(scratch.buffer)

/** Gives the bytes of a message in pieces, which share long byte fields with it. @throws OPTION_INVALID for numbers that do not fit their field */
export function encode<T>(schema: Schema<T>, value: T): Uint8Array[] {
  const writer = new ChunkWriter()
  // The schema's table names the properties of T, so T can be read as a bag.
  writeMessage(writer, schema, value as Bag, 0)
  return writer.chunks()
}

function writeMessage(writer: ChunkWriter, schema: Schema, bag: Bag, depth: number): void {
  if (depth > maxDepth)
    throw new OnnxError(
      'OPTION_INVALID',
      `Cannot write the model: ${schema.name} is nested deeper than ${maxDepth}; flatten it.`,
    )
  // Only readLayout() puts anything there.
  const slots = bag[layout] as readonly Slot[] | undefined
  if (slots) for (const run of arrange(schema, bag, slots).reverse()) writeRun(writer, bag, run, depth)
  else
    for (let i = schema.fields.length - 1; i >= 0; i--)
      for (const run of wholeRun(schema.fields[i]!, bag)) writeRun(writer, bag, run, depth)
}

function writeRun(writer: ChunkWriter, bag: Bag, run: Run, depth: number): void {
  if ('raw' in run) {
    writer.bytes(run.raw)
    return
  }
  const { field, from, to, packed } = run
  if (field.rule !== 'repeated') {
    writeTagged(writer, field, bag[field.key], depth)
    return
  }
  // A list of the table: an array or a typed array.
  const list = bag[field.key] as ArrayLike<unknown>
  if (!packed) {
    for (let i = to - 1; i >= from; i--) writeTagged(writer, field, list[i], depth)
    return
  }
  const before = writer.length
  if (list instanceof Float32Array || list instanceof Float64Array) {
    const part = list.subarray(from, to)
    writer.bytes(new Uint8Array(part.buffer, part.byteOffset, part.byteLength))
  } else for (let i = to - 1; i >= from; i--) writeScalar(writer, field, list[i])
  writer.varint(writer.length - before, 0)
  writer.varint(field.number * 8 + Wire.bytes, 0)
}

function writeTagged(writer: ChunkWriter, field: Field, value: unknown, depth: number): void {
  const before = writer.length
  // What a message field holds is a message.
  if (field.message) writeMessage(writer, field.message(), value as Bag, depth + 1)
  else writeScalar(writer, field, value)
  if (field.wire === Wire.bytes) writer.varint(writer.length - before, 0)
  writer.varint(field.number * 8 + field.wire, 0)
}

/** Writes what a table row of this kind says that `value` is; plain JavaScript may pass something else, which is refused. */
function writeScalar(writer: ChunkWriter, { kind, key }: Field, value: unknown): void {
  if (kind === 'string' && typeof value === 'string') writer.bytes(encodeText(value))
  else if (kind === 'bytes' && value instanceof Uint8Array) writer.bytes(value)
  else if (kind === 'float' && typeof value === 'number') {
    scratch.setFloat32(0, value, true)
    writer.bytes(scratchBytes.subarray(0, 4))
  } else if (kind === 'double' && typeof value === 'number') {
    scratch.setFloat64(0, value, true)
    writer.bytes(scratchBytes)
  } else if (kind === 'int' && Number.isSafeInteger(value)) writeInteger(writer, Number(value))
  else if (kind === 'int32' && typeof value === 'number' && value === (value | 0)) writeInteger(writer, value)
  else if (kind === 'int64' && typeof value === 'bigint' && BigInt.asIntN(64, value) === value) writeBig(writer, value)
  else if (kind === 'uint64' && typeof value === 'bigint' && BigInt.asUintN(64, value) === value)
    writeBig(writer, value)
  else
    throw new OnnxError(
      'OPTION_INVALID',
      `Cannot write the model: ${key} = ${String(value)} is no ${kind}; correct it.`,
    )
}

function writeInteger(writer: ChunkWriter, value: number): void {
  writer.varint(value >>> 0, Math.floor(value / 2 ** 32) >>> 0)
}

function writeBig(writer: ChunkWriter, value: bigint): void {
  writer.varint(Number(BigInt.asUintN(32, value)), Number(BigInt.asUintN(32, value >> 32n)))
}
