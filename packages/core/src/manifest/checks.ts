import type { ModelManifest, PixelBinding } from '../manifest.js'

/** One thing wrong with a manifest. */
export interface ManifestIssue {
  /** Where, as `outputs[1].channels`; empty for the manifest itself. */
  readonly path: string
  /** What it must be instead. */
  readonly message: string
  readonly value: unknown
}

const channelCounts = { RGB: 3, BGR: 3, RGBA: 4, GRAY: 1, Y: 1 }
/** The integers that a parameter's dtype holds. */
export const integerRanges: Readonly<Record<string, readonly [number, number]>> = {
  uint8: [0, 255],
  int8: [-128, 127],
  int32: [-(2 ** 31), 2 ** 31 - 1],
  int64: [Number.MIN_SAFE_INTEGER, Number.MAX_SAFE_INTEGER],
}

/** What no single field shows: lengths that must agree, names that must differ. */
export function crossIssues(manifest: ModelManifest): ManifestIssue[] {
  return [
    ...inputIssues(manifest),
    ...outputIssues(manifest),
    ...paramIssues(manifest),
    ...resizeIssues(manifest),
    ...variantIssues(manifest),
  ]
}

function* bindingIssues(binding: PixelBinding, path: string): Generator<ManifestIssue> {
  const channels = channelCounts[binding.channels]
  for (const key of ['mean', 'std'] as const) {
    const values = binding[key]
    if (!values) continue
    const at = { path: `${path}.${key}`, value: values }
    if (binding.dtype === 'uint8')
      yield {
        ...at,
        message: 'must be absent: uint8 tensors hold pixels as they are; remove it, or state another dtype',
      }
    // RGBA may leave alpha out: it is not normalised then.
    else if (values.length !== channels && !(channels === 4 && values.length === 3))
      yield {
        ...at,
        message: `must have ${channels === 4 ? '3 or 4 numbers' : `length ${channels}`}, as channels is "${binding.channels}"`,
      }
    if (key === 'std' && values.includes(0)) yield { ...at, message: 'must not contain 0: values are divided by it' }
  }
}

function* inputIssues({ input }: ModelManifest): Generator<ManifestIssue> {
  yield* bindingIssues(input, 'input')
  if (!('multipleOf' in input.size)) return
  const { multipleOf, maxPixels = Number.POSITIVE_INFINITY } = input.size
  if (maxPixels < multipleOf ** 2)
    yield {
      path: 'input.size.maxPixels',
      value: maxPixels,
      message: `must allow at least one tile of multipleOf x multipleOf = ${multipleOf ** 2} pixels`,
    }
}

function* outputIssues({ outputs }: ModelManifest): Generator<ManifestIssue> {
  const names = unique('outputs are told apart by name (default: the tensor); give this one another "name"')
  for (const [i, output] of outputs.entries()) {
    const path = `outputs[${i}]`
    yield* names(output.name ?? output.tensor, output.name === undefined ? `${path}.tensor` : `${path}.name`)
    if (output.role === 'image') yield* bindingIssues(output, path)
    if (!output.slice) continue
    const [from, to] = output.slice
    const at = { path: `${path}.slice`, value: output.slice }
    const wanted = output.role === 'image' ? channelCounts[output.channels] : undefined
    if (from >= to) yield { ...at, message: 'must be [from, to) with from < to' }
    else if (wanted && to - from !== wanted)
      yield {
        ...at,
        message: `must be ${wanted} channels wide, as channels is "${output.role === 'image' && output.channels}"`,
      }
  }
}

function* paramIssues({ input, params = {} }: ModelManifest): Generator<ManifestIssue> {
  const tensors = unique('every input of the model is fed once')
  yield* tensors(input.tensor, 'input.tensor')
  for (const [name, param] of Object.entries(params)) {
    const path = member('params', name)
    const values = typeof param.default === 'number' ? [param.default] : param.default
    const length = param.dims.reduce((product, size) => product * size, 1)
    const at = { path: `${path}.default`, value: param.default }
    yield* tensors(param.tensor, `${path}.tensor`)
    // One number fills a tensor of any size.
    if (typeof param.default !== 'number' && values.length !== length)
      yield { ...at, message: `must be one number or a list of ${length}, as dims is [${param.dims.join(', ')}]` }
    const range = integerRanges[param.dtype]
    if (range && !values.every((value) => Number.isInteger(value) && value >= range[0] && value <= range[1]))
      yield { ...at, message: `must hold integers from ${range[0]} to ${range[1]}, as dtype is "${param.dtype}"` }
  }
}

function* resizeIssues({ resize }: ModelManifest): Generator<ManifestIssue> {
  const pad = resize?.pad
  if (pad?.length === 2)
    yield { path: 'resize.pad', value: pad, message: 'must hold one value, three (RGB) or four (RGBA)' }
}

function* variantIssues({ variants }: ModelManifest): Generator<ManifestIssue> {
  const ids = unique('a variant is chosen by its id')
  for (const [i, variant] of variants.entries()) {
    yield* ids(variant.id, `variants[${i}].id`)
    const paths = unique('each file is listed once')
    for (const [j, file] of variant.files.entries()) yield* paths(file.path, `variants[${i}].files[${j}].path`)
  }
}

/** A check that names each value's first place when it comes a second time. */
function unique(why: string): (value: string, path: string) => Generator<ManifestIssue> {
  const seen = new Map<string, string>()
  return function* (value, path) {
    const first = seen.get(value)
    if (first === undefined) seen.set(value, path)
    else yield { path, value, message: `must differ from ${first}: ${why}` }
  }
}

/** `owner.key`, or `owner["odd key"]`. */
export function member(owner: string, key: string | number): string {
  if (typeof key === 'number') return `${owner}[${key}]`
  if (!/^[\w$-]+$/.test(key)) return `${owner}[${JSON.stringify(key)}]`
  return owner ? `${owner}.${key}` : key
}
