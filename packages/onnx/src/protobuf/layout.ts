import type { Cursor } from './cursor.js'
import { type Bag, type Field, type Schema, Wire } from './schema.js'

/** A run of one field's elements, or the bytes (tag included) of a field that the schema does not know. */
export type Slot =
  | { readonly field: Field; readonly count: number; readonly packed: boolean }
  | { readonly raw: Uint8Array }

/** A run of one field's elements with its place in the property's list. */
export type Run =
  | { readonly field: Field; readonly from: number; readonly to: number; readonly packed: boolean }
  | { readonly raw: Uint8Array }

/**
 * Where a message keeps the order its fields came in, when that is not the order in which they would be written: unknown
 * fields, another serializer's order, defaults written out. Enumerable, so that a spread copy keeps it.
 */
export const layout: unique symbol = Symbol('wire layout')

/** Gives the order of the fields in `[start, end)`, a message already read once. */
export function readLayout(cursor: Cursor, schema: Schema, start: number, end: number): readonly Slot[] {
  const slots: Slot[] = []
  const resume = cursor.position
  cursor.position = start
  while (cursor.position < end) {
    const at = cursor.position
    const tag = cursor.tag(end)
    const field = fieldOf(schema, tag)
    const value = cursor.position
    cursor.skip(tag, end, 0)
    const last = slots.at(-1)
    if (!field) slots.push({ raw: cursor.bytes.subarray(at, cursor.position) })
    else if (field.rule !== 'repeated') slots.push({ field, count: 1, packed: false })
    else if ((tag & 7) !== field.wire) slots.push({ field, count: countPacked(cursor, field, value), packed: true })
    else if (last && 'field' in last && last.field === field && !last.packed)
      slots[slots.length - 1] = { field, count: last.count + 1, packed: false }
    else slots.push({ field, count: 1, packed: false })
  }
  cursor.position = resume
  return slots
}

/** Gives the field a tag stands for; undefined when number or wire type is unknown to the schema. */
export function fieldOf(schema: Schema, tag: number): Field | undefined {
  const field = schema.byNumber[tag >>> 3]
  if (!field) return undefined
  const wire = tag & 7
  const packable = field.rule === 'repeated' && field.wire !== Wire.bytes
  return wire === field.wire || (packable && wire === Wire.bytes) ? field : undefined
}

function countPacked(cursor: Cursor, field: Field, start: number): number {
  const end = cursor.position
  cursor.position = start
  const stop = cursor.lengthEnd(end)
  const first = cursor.position
  cursor.position = end
  if (field.wire === Wire.fixed32) return (stop - first) / 4
  if (field.wire === Wire.fixed64) return (stop - first) / 8
  let count = 0
  for (let i = first; i < stop; i++) if (cursor.bytes[i]! < 0x80) count++
  return count
}

/** Gives the runs in which to write a message that has a layout: edits since reading are honoured, the order is kept where it still applies. */
export function arrange(schema: Schema, bag: Bag, slots: readonly Slot[]): Run[] {
  const lastSlot = new Map<Field, Slot>()
  for (const slot of slots) if ('field' in slot) lastSlot.set(slot.field, slot)
  const taken = new Map<Field, number>()
  const runs: Run[] = []
  for (const slot of slots) {
    if ('raw' in slot) {
      runs.push(slot)
      continue
    }
    const { field, packed } = slot
    const isLast = lastSlot.get(field) === slot
    if (field.rule !== 'repeated') {
      // A single field that came twice counts once, where it came last.
      if (isLast && bag[field.key] !== undefined) runs.push({ field, from: 0, to: 1, packed })
      continue
    }
    const length = lengthOf(bag[field.key])
    const from = taken.get(field) ?? 0
    const to = isLast ? length : Math.min(length, from + slot.count)
    taken.set(field, to)
    if (to > from) runs.push({ field, from, to, packed })
  }
  for (const field of schema.fields) if (!lastSlot.has(field)) runs.push(...wholeRun(field, bag))
  return runs
}

/** Gives the one run that writes all of a field in the official serializers' form, or none when there is nothing to write. */
export function wholeRun(field: Field, bag: Bag): Run[] {
  const value = bag[field.key]
  const packed = field.packed === true
  if (field.rule === 'repeated') {
    const length = lengthOf(value)
    return length === 0 ? [] : [{ field, from: 0, to: length, packed }]
  }
  const isDefault = field.rule === 'implicit' && (value === 0 || value === '' || value === 0n)
  return value === undefined || isDefault ? [] : [{ field, from: 0, to: 1, packed }]
}

function lengthOf(value: unknown): number {
  return typeof value === 'object' && value !== null && 'length' in value ? Number(value.length) : 0
}
