/** TypeScript's view of each scalar kind. `int` is an int64 on the wire that counts something and so fits a safe integer. */
export interface ScalarTypes {
  int32: number
  int: number
  int64: bigint
  uint64: bigint
  float: number
  double: number
  string: string
  bytes: Uint8Array
}

/** The typed arrays that hold bulk numbers. */
export interface TypedArrays {
  int32: Int32Array
  int64: BigInt64Array
  uint64: BigUint64Array
  float: Float32Array
  double: Float64Array
}

export type Kind = keyof ScalarTypes | 'message'

/** Wire types of protobuf; 3 and 4 open and close a group. */
export const Wire = { varint: 0, fixed64: 1, bytes: 2, groupStart: 3, groupEnd: 4, fixed32: 5 } as const

const wireOf = {
  int32: Wire.varint,
  int: Wire.varint,
  int64: Wire.varint,
  uint64: Wire.varint,
  float: Wire.fixed32,
  double: Wire.fixed64,
  string: Wire.bytes,
  bytes: Wire.bytes,
  message: Wire.bytes,
} as const satisfies Record<Kind, number>

/** `implicit`: absent means the default ('' or 0). `optional`: absence is kept apart from the default. */
type Rule = 'implicit' | 'optional' | 'repeated'

/** One row of a message's table, before it knows its key. `V`, the type of the property, exists for the compiler alone. */
export interface FieldOf<V> {
  readonly number: number
  readonly kind: Kind
  readonly rule: Rule
  /** Bulk numbers: a typed array in memory, packed on the wire. */
  readonly packed?: boolean
  /** Of the members of one oneof, the last on the wire is the one that counts. */
  readonly oneof?: boolean
  readonly message?: () => Schema
  readonly sample?: V
}

/** One row of a message's table. */
export interface Field extends Omit<FieldOf<unknown>, 'sample'> {
  readonly key: string
  readonly wire: number
}

/** A message as the codec sees it: a bag of properties that a schema names. */
export type Bag = Record<string | symbol, unknown>

/** A message type as data: what reader and writer need to know about it. */
export interface Schema<T = unknown> {
  readonly name: string
  /** In ascending order of field number, as the official serializers write. */
  readonly fields: readonly Field[]
  readonly byNumber: readonly (Field | undefined)[]
  readonly create: () => Bag
  readonly sample?: T
}

type Fields<T, Computed> = { readonly [K in Exclude<keyof T, symbol | Computed>]-?: FieldOf<NonNullable<T[K]>> }

/** Gives a schema from a table that must name every property of `T`, but those `Computed`, each with a field of the same type. */
export function message<T, Computed extends keyof T = never>(
  name: string,
  table: Fields<T, Computed>,
  create: () => object = () => ({}),
): Schema<T> {
  const rows: [string, FieldOf<unknown>][] = Object.entries(table)
  const fields = rows.map(([key, row]): Field => ({ key, wire: wireOf[row.kind], ...row }))
  fields.sort((a, b) => a.number - b.number)
  const byNumber: (Field | undefined)[] = []
  for (const field of fields) byNumber[field.number] = field
  return { name, fields, byNumber, create: () => blank(fields, create) }
}

function blank(fields: readonly Field[], create: () => object): Bag {
  // A class instance is a bag like any other to the codec, which sets only the properties its table names.
  const bag = create() as Bag
  for (const { key, kind, rule, packed } of fields) {
    if (rule === 'implicit') bag[key] = defaultOf(kind)
    else if (rule === 'repeated' && !packed) bag[key] = []
  }
  return bag
}

/** Gives the value that an absent implicit field of this kind has. */
export function defaultOf(kind: Kind): unknown {
  if (kind === 'string') return ''
  if (kind === 'int64' || kind === 'uint64') return 0n
  return 0
}

/** A field whose absence means '' or 0. */
export function implicit<K extends keyof ScalarTypes>(number: number, kind: K): FieldOf<ScalarTypes[K]> {
  return { number, kind, rule: 'implicit' }
}

/** A field whose absence is kept. */
export function optional<K extends keyof ScalarTypes>(number: number, kind: K): FieldOf<ScalarTypes[K]> {
  return { number, kind, rule: 'optional' }
}

/** A list of scalars, one tag each. */
export function repeated<K extends keyof ScalarTypes>(number: number, kind: K): FieldOf<ScalarTypes[K][]> {
  return { number, kind, rule: 'repeated' }
}

/** Bulk numbers in a typed array; absent when there are none. */
export function packed<K extends keyof TypedArrays>(number: number, kind: K): FieldOf<TypedArrays[K]> {
  return { number, kind, rule: 'repeated', packed: true }
}

/** A single message. */
export function one<T>(number: number, of: () => Schema<T>): FieldOf<T> {
  return { number, kind: 'message', rule: 'optional', message: of }
}

/** A list of messages. */
export function many<T>(number: number, of: () => Schema<T>): FieldOf<T[]> {
  return { number, kind: 'message', rule: 'repeated', message: of }
}

/** Marks a field as a member of its message's oneof; no ONNX message has two. */
export function choice<V>(field: FieldOf<V>): FieldOf<V> {
  return { ...field, oneof: true }
}
