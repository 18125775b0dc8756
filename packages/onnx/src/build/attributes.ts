import { OnnxError } from '../error.js'
import { AttributeType } from '../model/data-type.js'
import type { Attribute, Graph, OnnxTensor } from '../model/types.js'

/** A number that is to be a float attribute even when it is whole. */
export interface FloatValue {
  readonly float: number
}

/** Numbers that are to be a floats attribute even when all are whole. */
export interface FloatsValue {
  readonly floats: readonly number[]
}

/** What a node's attribute can be given as; whole numbers become ints, others floats, unless `float()` or `floats()` says so. */
export type AttributeValue =
  | number
  | bigint
  | string
  | FloatValue
  | FloatsValue
  | OnnxTensor
  | Graph
  | readonly (number | bigint)[]
  | readonly string[]

/** Gives a float attribute whatever the number: `{ alpha: float(1) }`. */
export function float(value: number): FloatValue {
  return { float: value }
}

/** Gives a floats attribute whatever the numbers: `{ scales: floats([1, 2]) }`. */
export function floats(values: readonly number[]): FloatsValue {
  return { floats: values }
}

const encoder = new TextEncoder()

/** Gives the attribute that a value stands for. @throws OPTION_INVALID for an empty or mixed array, whose type nothing tells */
export function makeAttribute(name: string, value: AttributeValue): Attribute {
  const blank = { name, ints: [], floats: [], strings: [], tensors: [], graphs: [], sparseTensors: [], typeProtos: [] }
  const rest = { ...blank, refAttrName: '', docString: '' }
  if (typeof value === 'bigint' || Number.isSafeInteger(value))
    return { ...rest, type: AttributeType.int, i: BigInt(value as number | bigint) }
  if (typeof value === 'number') return { ...rest, type: AttributeType.float, f: value }
  if (typeof value === 'string') return { ...rest, type: AttributeType.string, s: encoder.encode(value) }
  if ('float' in value) return { ...rest, type: AttributeType.float, f: value.float }
  if ('floats' in value) return { ...rest, type: AttributeType.floats, floats: [...value.floats] }
  if ('dataType' in value) return { ...rest, type: AttributeType.tensor, t: value }
  if ('nodes' in value) return { ...rest, type: AttributeType.graph, g: value }
  if (value.length > 0 && value.every((item) => typeof item === 'string'))
    return { ...rest, type: AttributeType.strings, strings: value.map((item) => encoder.encode(item)) }
  if (value.length > 0 && value.every((item) => typeof item === 'bigint' || Number.isSafeInteger(item)))
    return { ...rest, type: AttributeType.ints, ints: value.map(BigInt) }
  if (value.length > 0 && value.every((item) => typeof item === 'number'))
    return { ...rest, type: AttributeType.floats, floats: [...value] }
  throw new OnnxError(
    'OPTION_INVALID',
    `Attribute ${name} = [${value}] has no clear type; use floats() or items of one type.`,
  )
}
