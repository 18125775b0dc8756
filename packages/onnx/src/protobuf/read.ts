import { Cursor, maxDepth } from './cursor.js'
import { fieldOf, layout, readLayout } from './layout.js'
import { type Bag, defaultOf, type Field, type Schema, Wire } from './schema.js'
import { decodeText } from './utf8.js'

/** Gives the message that `bytes` hold; byte fields are views on `bytes`. @throws MODEL_UNSUPPORTED */
export function decode<T>(schema: Schema<T>, bytes: Uint8Array): T {
  // The schema's table was checked against T by the compiler, so a bag filled by it is a T.
  return readMessage(new Cursor(bytes), schema, bytes.length, 0) as T
}

/** What of one message is complete only when all of it has been seen. */
interface Unfinished {
  /** Where the occurrences of single messages lie: they merge as if their bytes were joined. */
  readonly parts: Map<Field, [start: number, end: number][]>
  /** Bulk numbers that came in more than one piece. */
  readonly numbers: Map<Field, (number | bigint)[]>
}

function readMessage(cursor: Cursor, schema: Schema, end: number, depth: number): Bag {
  const start = cursor.position
  if (depth > maxDepth) throw cursor.malformed(`nesting deeper than ${maxDepth}`, start)
  const bag = schema.create()
  let unfinished: Unfinished | undefined
  let previous = 0
  let canonical = true
  while (cursor.position < end) {
    const tag = cursor.tag(end)
    const field = fieldOf(schema, tag)
    if (!field) {
      cursor.skip(tag, end, depth)
      canonical = false
      continue
    }
    const { key, number, rule } = field
    const isPacked = (tag & 7) !== field.wire
    const repeats = rule === 'repeated' && !isPacked
    if (number < previous || (number === previous && !repeats) || isPacked !== (field.packed === true))
      canonical = false
    previous = number

    if (field.packed) {
      unfinished ??= { parts: new Map(), numbers: new Map() }
      readBulk(cursor, field, bag, isPacked ? cursor.lengthEnd(end) : undefined, end, unfinished)
    } else if (rule === 'repeated') {
      // A list of the table: `create` put an array there.
      const list = bag[key] as unknown[]
      if (isPacked)
        for (const stop = cursor.lengthEnd(end); cursor.position < stop; ) list.push(readScalar(cursor, field, stop))
      else list.push(field.message ? readNested(cursor, field.message(), end, depth) : readScalar(cursor, field, end))
    } else {
      if (field.oneof) dropOthers(schema, field, bag, unfinished)
      if (field.message) {
        unfinished ??= { parts: new Map(), numbers: new Map() }
        const stop = cursor.lengthEnd(end)
        const parts = unfinished.parts.get(field)
        if (parts) parts.push([cursor.position, stop])
        else unfinished.parts.set(field, [[cursor.position, stop]])
        cursor.position = stop
      } else {
        bag[key] = readScalar(cursor, field, end)
        if (rule === 'implicit' && bag[key] === defaultOf(field.kind)) canonical = false
      }
    }
  }
  if (unfinished) finish(cursor, bag, unfinished, depth)
  if (!canonical) bag[layout] = readLayout(cursor, schema, start, end)
  return bag
}

function readNested(cursor: Cursor, schema: Schema, end: number, depth: number): Bag {
  return readMessage(cursor, schema, cursor.lengthEnd(end), depth + 1)
}

function dropOthers(schema: Schema, field: Field, bag: Bag, unfinished: Unfinished | undefined): void {
  for (const other of schema.fields) {
    if (!other.oneof || other === field) continue
    delete bag[other.key]
    unfinished?.parts.delete(other)
  }
}

function finish(cursor: Cursor, bag: Bag, { parts, numbers }: Unfinished, depth: number): void {
  for (const [field, values] of numbers) bag[field.key] = typed(field, values)
  const resume = cursor.position
  for (const [field, ranges] of parts) {
    const schema = field.message!()
    const [first] = ranges
    if (ranges.length === 1 && first) {
      cursor.position = first[0]
      bag[field.key] = readMessage(cursor, schema, first[1], depth + 1)
    } else {
      const joined = new Cursor(joinRanges(cursor.bytes, ranges))
      bag[field.key] = readMessage(joined, schema, joined.bytes.length, depth + 1)
    }
  }
  cursor.position = resume
}

function joinRanges(bytes: Uint8Array, ranges: readonly [number, number][]): Uint8Array {
  const joined = new Uint8Array(ranges.reduce((sum, [start, end]) => sum + end - start, 0))
  let offset = 0
  for (const [start, end] of ranges) {
    joined.set(bytes.subarray(start, end), offset)
    offset += end - start
  }
  return joined
}

/** Reads one piece of bulk numbers: everything up to `stop` when packed, a single number when `stop` is undefined. */
function readBulk(
  cursor: Cursor,
  field: Field,
  bag: Bag,
  stop: number | undefined,
  end: number,
  { numbers }: Unfinished,
): void {
  let values = numbers.get(field)
  if (stop !== undefined && !values && bag[field.key] === undefined && field.wire !== Wire.varint) {
    bag[field.key] = copyFixed(cursor, field, stop)
    return
  }
  if (!values) {
    values = []
    // What an earlier piece left there is the typed array that the table names.
    for (const value of (bag[field.key] ?? []) as Iterable<number | bigint>) values.push(value)
    numbers.set(field, values)
  }
  // A bulk field is numeric: its table row says so.
  if (stop === undefined) values.push(readScalar(cursor, field, end) as number | bigint)
  else while (cursor.position < stop) values.push(readScalar(cursor, field, stop) as number | bigint)
}

/** Copies the common case, packed floats, at once; the copy is aligned and keeps every NaN's payload. */
function copyFixed(cursor: Cursor, field: Field, stop: number): Float32Array | Float64Array {
  const start = cursor.position
  const size = field.wire === Wire.fixed32 ? 4 : 8
  if ((stop - start) % size !== 0) throw cursor.malformed(`packed numbers that are no multiple of ${size} bytes`, start)
  const { buffer } = cursor.bytes.slice(start, stop)
  cursor.position = stop
  return size === 4 ? new Float32Array(buffer) : new Float64Array(buffer)
}

function typed({ kind }: Field, values: readonly (number | bigint)[]): unknown {
  // The elements were all read by this field's kind.
  if (kind === 'int64') return BigInt64Array.from(values as readonly bigint[])
  if (kind === 'uint64') return BigUint64Array.from(values as readonly bigint[])
  const floats = values as readonly number[]
  if (kind === 'float') return Float32Array.from(floats)
  return kind === 'double' ? Float64Array.from(floats) : Int32Array.from(floats)
}

function readScalar(cursor: Cursor, { kind, key }: Field, end: number): unknown {
  switch (kind) {
    case 'string':
      return decodeText(cursor.lengthDelimited(end))
    case 'bytes':
      return cursor.lengthDelimited(end)
    case 'float':
      return cursor.view.getFloat32(cursor.fixed(4, end), true)
    case 'double':
      return cursor.view.getFloat64(cursor.fixed(8, end), true)
    case 'message':
      throw new TypeError(`The table gives no schema for ${key}`)
  }
  const start = cursor.position
  cursor.varint(end)
  const { low, high } = cursor
  if (kind === 'int32') return low | 0
  if (kind === 'int') {
    const value = (high | 0) * 2 ** 32 + low
    if (!Number.isSafeInteger(value)) throw cursor.malformed(`${key} = ${value}, beyond 2^53,`, start)
    return value
  }
  const unsigned = (BigInt(high) << 32n) | BigInt(low)
  return kind === 'int64' ? BigInt.asIntN(64, unsigned) : unsigned
}
