import * as v from 'valibot'
import type { ModelManifest } from '../manifest.js'
import { closest, quoteAll } from './typo.js'

// Every message states what the value must be; the parser puts the path and the offending value before it.

type NumberSchema = v.GenericSchema<number, number>

/** Refuses arrays, which valibot takes for objects: they fare as null does. */
function noList<const S extends v.GenericSchema>(schema: S): S {
  const run = (
    dataset: v.UnknownDataset,
    config: v.Config<v.BaseIssue<unknown>>,
  ): ReturnType<v.GenericSchema['~run']> => {
    if (!Array.isArray(dataset.value)) return schema['~run'](dataset, config)
    const { value } = dataset
    const refused = schema['~run']({ value: null }, config)
    for (const issue of refused.issues ?? []) Object.assign(issue, { input: value })
    return refused
  }
  return { ...schema, '~run': run }
}

/** An object whose unknown keys are refused by name, all in one issue, each with the key that was probably meant. */
function strict<const E extends v.ObjectEntries>(
  entries: E,
): v.StrictObjectSchema<E, v.ErrorMessage<v.StrictObjectIssue>> {
  const known = Object.keys(entries)
  const schema = v.strictObject(entries, (issue: v.StrictObjectIssue) => {
    if (issue.expected !== 'never') return issue.expected === 'Object' ? 'must be an object' : 'is required'
    const owner = issue.path?.at(-1)?.input
    const unknown = Object.keys(typeof owner === 'object' && owner !== null ? owner : {}).filter(
      (k) => !known.includes(k),
    )
    const hints = unknown.map((key) => {
      const meant = closest(key, known)
      return `unknown key ${JSON.stringify(key)}${meant ? ` (did you mean "${meant}"?)` : ''}`
    })
    return `${hints.join(', ')}; known keys here are ${quoteAll(known)}, and keys that begin with "x-" are ignored`
  })
  return noList(schema)
}

function oneOf<const T extends readonly string[]>(allowed: T): v.PicklistSchema<T, v.ErrorMessage<v.PicklistIssue>> {
  return v.picklist(allowed, (issue) => {
    const meant = closest(issue.input, allowed)
    return `must be one of ${quoteAll(allowed)}${meant ? ` (did you mean "${meant}"?)` : ''}`
  })
}

function integer(min: number, max: number = Number.MAX_SAFE_INTEGER): NumberSchema {
  const must = `must be an integer ${max === Number.MAX_SAFE_INTEGER ? `of at least ${min}` : `from ${min} to ${max}`}`
  return v.pipe(v.number(must), v.integer(must), v.minValue(min, must), v.maxValue(max, must))
}

function list<const S extends v.GenericSchema>(
  item: S,
  must: string,
): v.GenericSchema<v.InferInput<S>[], v.InferOutput<S>[]> {
  return v.pipe(v.array(item, must), v.minLength(1, must))
}

const text = v.string('must be a string')
const name = v.pipe(v.string('must be a string'), v.nonEmpty('must not be empty'))
const number = v.pipe(v.number('must be a number'), v.finite('must be finite'))
const positive = v.pipe(
  v.number('must be a number'),
  v.finite('must be finite'),
  v.gtValue(0, 'must be greater than 0'),
)
const flag = v.boolean('must be true or false')
const numbers = list(number, 'must be a list of numbers')
const side = integer(1, 16384)

const layout = oneOf(['NCHW', 'NHWC'])
const binding = {
  tensor: name,
  layout,
  dtype: oneOf(['float32', 'float16', 'uint8']),
  channels: oneOf(['RGB', 'BGR', 'RGBA', 'GRAY', 'Y']),
  mean: v.exactOptional(numbers),
  std: v.exactOptional(numbers),
}

const sliceMust = 'must be [from, to], two integers of at least 0'
const picking = {
  name: v.exactOptional(name),
  scale: v.exactOptional(positive),
  slice: v.exactOptional(v.strictTuple([integer(0), integer(1)], sliceMust)),
}

/** A model of one size. */
export const fixedSize: v.GenericSchema<unknown, { width: number; height: number }> = strict({
  width: side,
  height: side,
})
/** A fully convolutional model. */
export const flexibleSize: v.GenericSchema<unknown, { multipleOf: number; maxPixels?: number }> = strict({
  multipleOf: side,
  maxPixels: v.exactOptional(integer(1)),
})
// Chosen by what is there, so that issues name the field and not "neither alternative fits".
const size = v.lazy((input) =>
  typeof input === 'object' && input !== null && ('multipleOf' in input || 'maxPixels' in input)
    ? flexibleSize
    : fixedSize,
)

const output = v.variant(
  'role',
  [
    strict({ role: v.literal('image'), ...binding, ...picking }),
    strict({ role: v.picklist(['mask', 'data']), tensor: name, layout: v.exactOptional(layout), ...picking }),
  ],
  (issue) => (issue.expected === 'Object' ? 'must be an object' : 'must be one of "image", "mask", "data"'),
)

const param = strict({
  tensor: name,
  dtype: oneOf(['float32', 'float16', 'uint8', 'int8', 'int32', 'int64']),
  dims: v.array(integer(1), 'must be a list of sizes'),
  default: v.union([number, numbers], 'must be a number or a list of numbers'),
})

const padValue = v.pipe(
  v.number('must be a number'),
  v.minValue(0, 'must be 0 to 255'),
  v.maxValue(255, 'must be 0 to 255'),
)
const resize = strict({
  kernel: v.exactOptional(oneOf(['nearest', 'bilinear', 'bicubic', 'area'])),
  antialias: v.exactOptional(flag),
  fit: v.exactOptional(oneOf(['stretch', 'contain', 'cover'])),
  pad: v.exactOptional(
    v.union(
      [v.literal('edge'), v.pipe(v.array(padValue), v.minLength(1), v.maxLength(4))],
      'must be "edge" or one to four pixel values of 0 to 255',
    ),
  ),
})

const strategy = noList(
  v.looseObject({ kind: oneOf(['resize', 'tile', 'roi', 'guided', 'style']) }, (issue) =>
    issue.expected === 'Object' ? 'must be an object' : 'is required',
  ),
)

const file = strict({
  path: name,
  sha256: v.pipe(
    v.string('must be a string'),
    v.regex(/^[0-9a-f]{64}$/, 'must be 64 lower-case hex digits, as sha256sum prints them'),
  ),
  bytes: integer(1),
  role: v.exactOptional(name),
})

const variant = strict({
  id: name,
  format: oneOf(['onnx', 'tfjs']),
  precision: oneOf(['fp32', 'fp16', 'int8']),
  devices: list(oneOf(['cpu', 'wasm', 'webgpu', 'webnn']), 'must name at least one device'),
  files: list(file, 'must hold at least one file'),
  canary: v.exactOptional(strict({ seed: integer(0), tolerance: positive, digest: numbers })),
})

/** The shape of a manifest, field by field; what needs more than one field to judge is in checks.ts. */
export const manifestSchema: v.GenericSchema<unknown, ModelManifest> = strict({
  $schema: v.exactOptional(text),
  schemaVersion: v.literal(1, 'must be 1, the only version that this release reads'),
  id: name,
  version: name,
  license: v.exactOptional(text),
  description: v.exactOptional(text),
  input: strict({ ...binding, size }),
  outputs: list(output, 'must hold at least one output'),
  params: v.exactOptional(noList(v.record(name, param, 'must be an object'))),
  resize: v.exactOptional(resize),
  strategy: v.exactOptional(strategy),
  variants: list(variant, 'must hold at least one variant'),
})
