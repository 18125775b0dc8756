import { edited, fullManifest, minimalManifest } from './manifests.js'

const at = (path: string, value: unknown): unknown => edited(fullManifest(), path, value)
const smaller = (path: string, value: unknown): unknown => edited(minimalManifest(), path, value)

/** Manifests that the parser and the published JSON Schema both take. */
export const goodManifests: readonly { what: string; manifest: unknown }[] = [
  { what: 'every field', manifest: fullManifest() },
  { what: 'only what is required', manifest: minimalManifest() },
  { what: 'x- keys anywhere', manifest: at('variants.0.files.0.x-source', ['anything']) },
  { what: 'free strategy options', manifest: at('strategy.anything', { x: [null] }) },
  { what: 'sides of 1 and 16384', manifest: at('input.size', { width: 1, height: 16384 }) },
  { what: 'any size', manifest: at('input.size', { multipleOf: 1 }) },
  { what: 'uint8 without mean and std', manifest: smaller('input.dtype', 'uint8') },
  {
    what: 'RGBA with 3 means',
    manifest: smaller('input', { ...minimalManifest().input, channels: 'RGBA', mean: [0, 0, 0] }),
  },
  {
    what: 'RGBA with 4 stds',
    manifest: smaller('input', { ...minimalManifest().input, channels: 'RGBA', std: [1, 1, 1, 2] }),
  },
  { what: 'luma alone', manifest: smaller('input', { ...minimalManifest().input, channels: 'Y', mean: [0.5] }) },
  { what: 'a fractional scale', manifest: at('outputs.0.scale', 0.5) },
  { what: 'one number for a whole param', manifest: at('params.strength.default', 0.5) },
  { what: 'a scalar param', manifest: at('params.strength', { tensor: 's', dtype: 'int64', dims: [], default: 3 }) },
  { what: 'pad by the edge', manifest: at('resize.pad', 'edge') },
  { what: 'an absolute URL as a path', manifest: at('variants.0.files.0.path', 'https://example.com/toon.onnx') },
]

/**
 * Manifests that the parser refuses, with parts of its message. `shape: false` marks those whose fault lies between fields, which the
 * JSON Schema does not see.
 */
export const badManifests: readonly { what: string; manifest: unknown; says: readonly string[]; shape?: false }[] = [
  { what: 'null', manifest: null, says: ['the manifest is null; must be an object'] },
  { what: 'a list', manifest: [], says: ['the manifest is []; must be an object'] },
  { what: 'text', manifest: 'toon', says: ['the manifest is "toon"; must be an object'] },
  { what: 'a list for an object', manifest: at('resize', []), says: ['resize is []; must be an object'] },
  { what: 'a list of params', manifest: at('params', []), says: ['params is []; must be an object'] },
  { what: 'a list as strategy', manifest: at('strategy', []), says: ['strategy is []; must be an object'] },
  {
    what: 'an unknown key',
    manifest: at('inputs', {}),
    says: ['unknown key "inputs" (did you mean "input"?)', '"x-"'],
  },
  {
    what: 'an unknown key below',
    manifest: at('outputs.0.chanels', 'RGB'),
    says: ['outputs[0] unknown key "chanels" (did you mean "channels"?)'],
  },
  {
    what: 'an image field on a mask',
    manifest: at('outputs.1.dtype', 'float32'),
    says: ['outputs[1] unknown key "dtype"'],
  },
  { what: 'a key named as a method', manifest: at('toString', 1), says: ['unknown key "toString"'] },
  { what: 'a key named __proto__', manifest: at('input.__proto__', 1), says: ['input unknown key "__proto__"'] },
  { what: 'another schemaVersion', manifest: at('schemaVersion', 2), says: ['schemaVersion is 2; must be 1'] },
  { what: 'no schemaVersion', manifest: at('schemaVersion', undefined), says: ['schemaVersion is required'] },
  { what: 'an empty id', manifest: at('id', ''), says: ['id is ""; must not be empty'] },
  { what: 'no tensor', manifest: at('input.tensor', undefined), says: ['input.tensor is required'] },
  { what: 'an empty tensor', manifest: at('outputs.2.tensor', ''), says: ['outputs[2].tensor is ""'] },
  {
    what: 'a layout in the wrong case',
    manifest: at('input.layout', 'nchw'),
    says: ['input.layout is "nchw"', '"NHWC"', 'did you mean "NCHW"?'],
  },
  {
    what: 'unknown channels',
    manifest: at('outputs.0.channels', 'ARGB'),
    says: ['outputs[0].channels is "ARGB"; must be one of "RGB"'],
  },
  { what: 'an unknown role', manifest: at('outputs.1.role', 'masks'), says: ['outputs[1].role is "masks"', '"mask"'] },
  { what: 'no outputs', manifest: at('outputs', []), says: ['outputs is []; must hold at least one output'] },
  {
    what: 'a side of 0',
    manifest: at('input.size', { width: 0, height: 8 }),
    says: ['input.size.width is 0; must be an integer from 1 to 16384'],
  },
  {
    what: 'a side too long',
    manifest: at('input.size', { width: 8, height: 16385 }),
    says: ['input.size.height is 16385'],
  },
  { what: 'half a size', manifest: at('input.size', { width: 8 }), says: ['input.size.height is required'] },
  {
    what: 'both kinds of size',
    manifest: at('input.size', { width: 8, height: 8, multipleOf: 8 }),
    says: ['input.size unknown key "width"'],
  },
  { what: 'multipleOf 0', manifest: at('input.size.multipleOf', 0), says: ['input.size.multipleOf is 0'] },
  {
    what: 'a fractional multipleOf',
    manifest: at('input.size.multipleOf', 1.5),
    says: ['input.size.multipleOf is 1.5'],
  },
  { what: 'negative maxPixels', manifest: at('input.size.maxPixels', -1), says: ['input.size.maxPixels is -1'] },
  { what: 'text in mean', manifest: at('input.mean', [0, '0', 0]), says: ['input.mean[1] is "0"; must be a number'] },
  { what: 'a scale of 0', manifest: at('outputs.0.scale', 0), says: ['outputs[0].scale is 0; must be greater than 0'] },
  { what: 'a slice of one number', manifest: at('outputs.0.slice', [3]), says: ['outputs[0].slice'] },
  { what: 'a slice of three numbers', manifest: at('outputs.0.slice', [0, 3, 6]), says: ['outputs[0].slice'] },
  { what: 'a slice below 0', manifest: at('outputs.0.slice', [-1, 2]), says: ['outputs[0].slice[0] is -1'] },
  {
    what: 'a param without default',
    manifest: at('params.strength.default', undefined),
    says: ['params.strength.default is required'],
  },
  {
    what: 'a param of unknown dtype',
    manifest: at('params.strength.dtype', 'float'),
    says: ['params.strength.dtype is "float"'],
  },
  {
    what: 'an unknown kernel',
    manifest: at('resize.kernel', 'lanczos'),
    says: ['resize.kernel is "lanczos"', '"bicubic"'],
  },
  { what: 'a pad above white', manifest: at('resize.pad', [256]), says: ['resize.pad'] },
  { what: 'a pad of words', manifest: at('resize.pad', 'mirror'), says: ['resize.pad is "mirror"; must be "edge" or'] },
  {
    what: 'antialias as text',
    manifest: at('resize.antialias', 'yes'),
    says: ['resize.antialias is "yes"; must be true or false'],
  },
  {
    what: 'an unknown strategy',
    manifest: at('strategy.kind', 'tiles'),
    says: ['strategy.kind is "tiles"', 'did you mean "tile"?'],
  },
  { what: 'no variant', manifest: at('variants', []), says: ['variants is []; must hold at least one variant'] },
  { what: 'no files', manifest: at('variants.0.files', []), says: ['variants[0].files is []'] },
  { what: 'no devices', manifest: at('variants.0.devices', []), says: ['variants[0].devices is []'] },
  {
    what: 'an unknown device',
    manifest: at('variants.0.devices', ['cuda']),
    says: ['variants[0].devices[0] is "cuda"'],
  },
  {
    what: 'a short hash',
    manifest: at('variants.0.files.0.sha256', 'abc'),
    says: ['variants[0].files[0].sha256 is "abc"; must be 64 lower-case hex digits'],
  },
  { what: 'a hash in capitals', manifest: at('variants.0.files.0.sha256', 'AB'.repeat(32)), says: ['lower-case'] },
  { what: 'a file of 0 bytes', manifest: at('variants.0.files.0.bytes', 0), says: ['variants[0].files[0].bytes is 0'] },
  {
    what: 'means of the wrong count',
    manifest: at('input.mean', [0.5]),
    says: ['input.mean is [0.5]; must have length 3'],
    shape: false,
  },
  {
    what: 'stds of the wrong count',
    manifest: at('input.std', [1, 1, 1, 1]),
    says: ['input.std is [1,1,1,1]; must have length 3'],
    shape: false,
  },
  {
    what: 'two RGBA means',
    manifest: smaller('input', { ...minimalManifest().input, channels: 'RGBA', mean: [0, 0] }),
    says: ['3 or 4 numbers'],
    shape: false,
  },
  {
    what: 'a std of 0',
    manifest: at('input.std', [1, 0, 1]),
    says: ['input.std is [1,0,1]; must not contain 0'],
    shape: false,
  },
  {
    what: 'a mean on uint8',
    manifest: at('input.dtype', 'uint8'),
    says: ['input.mean', 'must be absent: uint8'],
    shape: false,
  },
  {
    what: 'an empty slice',
    manifest: at('outputs.1.slice', [3, 3]),
    says: ['outputs[1].slice is [3,3]; must be [from, to)'],
    shape: false,
  },
  {
    what: 'a slice of the wrong width',
    manifest: at('outputs.0.slice', [0, 4]),
    says: ['outputs[0].slice is [0,4]; must be 3 channels wide'],
    shape: false,
  },
  {
    what: 'output names that clash',
    manifest: at('outputs.2.name', 'ink'),
    says: ['outputs[2].name is "ink"; must differ from outputs[1].name'],
    shape: false,
  },
  {
    what: 'a name that is a tensor of another',
    manifest: at('outputs.2.name', 'out'),
    says: ['outputs[2].name is "out"; must differ from outputs[0].tensor'],
    shape: false,
  },
  {
    what: 'variant ids that clash',
    manifest: at('variants.1', fullManifest().variants[0]),
    says: ['variants[1].id is "fp32"; must differ from variants[0].id'],
    shape: false,
  },
  {
    what: 'files that clash',
    manifest: at('variants.0.files.1', fullManifest().variants[0]?.files[0]),
    says: ['variants[0].files[1].path'],
    shape: false,
  },
  {
    what: 'a default of the wrong count',
    manifest: at('params.strength.default', [1]),
    says: ['params.strength.default is [1]; must be one number or a list of 2'],
    shape: false,
  },
  {
    what: 'a default beyond its dtype',
    manifest: at('params.strength', { tensor: 's', dtype: 'uint8', dims: [1], default: [256] }),
    says: ['integers from 0 to 255'],
    shape: false,
  },
  {
    what: 'a param on the picture tensor',
    manifest: at('params.strength.tensor', 'input'),
    says: ['params.strength.tensor is "input"; must differ from input.tensor'],
    shape: false,
  },
  {
    what: 'a pad of two values',
    manifest: at('resize.pad', [1, 2]),
    says: ['resize.pad is [1,2]; must hold one value, three (RGB) or four (RGBA)'],
    shape: false,
  },
  {
    what: 'maxPixels below one tile',
    manifest: at('input.size.maxPixels', 63),
    says: ['input.size.maxPixels is 63'],
    shape: false,
  },
]
