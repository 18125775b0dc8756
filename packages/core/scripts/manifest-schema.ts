import { type JsonSchema, toJsonSchema } from '@valibot/to-json-schema'
import { fixedSize, flexibleSize, manifestSchema } from '../src/manifest/schema.js'

// What editors show beside each field, by its place; here, because in the valibot schema the text would be part of every app's bundle.
const descriptions: Readonly<Record<string, string>> = {
  '': 'What an image-to-image model is: its tensors in terms of pixels, and the files it is made of. Keys that begin with "x-" are ignored.',
  $schema: 'Where this JSON Schema lies, for editors.',
  schemaVersion: 'Version of this format: 1.',
  id: 'Name of the model.',
  version: 'Version of the model.',
  license: 'Licence of the weights, as an SPDX id or text.',
  description: 'What the model does, for people.',
  input: 'The tensor that takes the picture.',
  'input.size':
    'Either one size ("width", "height"), or any size whose sides are multiples of a number ("multipleOf", "maxPixels").',
  'input.size.width': 'Width in pixels, 1 to 16384.',
  'input.size.height': 'Height in pixels, 1 to 16384.',
  'input.size.multipleOf': 'Both sides must be multiples of this; 1 allows any.',
  'input.size.maxPixels': 'The most pixels (width x height) that the model takes; larger pictures are made smaller.',
  outputs: 'What the model gives. The first of role "image" is the result.',
  'outputs[].role': '"image": a picture; "mask": one channel, 0 to 1; "data": plain numbers.',
  'outputs[].name': 'Key among the outputs of a translation; unique. Default: the tensor.',
  'outputs[].scale': 'Output size / input size. Default 1.',
  'outputs[].slice': 'Channels [from, to) of the tensor. Default: all.',
  '[].tensor': 'Name of the tensor in the model.',
  '[].layout': 'Order of the axes.',
  '[].dtype': 'What the numbers are stored as; uint8 holds pixels as they are.',
  '[].channels': 'Order of the colour channels; Y is luma as stored.',
  '[].mean':
    'value = (pixel / 255 - mean) / std. One per channel, 1.0 = white (RGBA: 3 leave alpha as it is). Default 0.',
  '[].std': 'value = (pixel / 255 - mean) / std. One per channel, never 0 (RGBA: 3 leave alpha as it is). Default 1.',
  params: 'Further inputs of the model, by the name that translate({ params }) knows them by.',
  'params[].tensor': 'Name of the tensor in the model.',
  'params[].dtype': 'What the numbers are stored as.',
  'params[].dims': 'Shape of the tensor; [] for a scalar.',
  'params[].default': 'One number for every element, or one per element.',
  resize: "How a picture is brought to the model's size, and back.",
  'resize.kernel': 'Default: "area" when a side shrinks below 1/2, else "bilinear".',
  'resize.antialias': 'Widens the kernel by the scale when shrinking, as Pillow does. Default false.',
  'resize.fit': '"stretch", "contain" (pads) or "cover" (crops). Default "stretch".',
  'resize.pad': 'What lies outside the picture: "edge", or one value of 0 to 255 per channel. Default "edge".',
  strategy: 'How pictures that the model cannot take whole are treated. Further keys are options of the kind.',
  'strategy.kind': 'Default "resize".',
  variants: 'Builds of the model, best first.',
  'variants[].id': 'Name of the variant; unique.',
  'variants[].format': 'What the files are.',
  'variants[].precision': 'What the weights are stored as.',
  'variants[].devices': 'Where the variant may run.',
  'variants[].files': 'The files of the variant. The graph is the one of role "graph", else the first.',
  'variants[].files[].path': 'Relative to the manifest, or an absolute URL.',
  'variants[].files[].sha256': 'SHA-256 of the file in lower-case hex, as sha256sum prints it.',
  'variants[].files[].bytes': 'Size of the file.',
  'variants[].files[].role': 'What the file is, where a format has several.',
  'variants[].canary': 'A seeded input whose output is known, to tell a device that computes wrongly.',
  'variants[].canary.seed': 'Seed of the input.',
  'variants[].canary.tolerance': 'The most that a number of the digest may be off.',
  'variants[].canary.digest': 'Numbers that sum up the output.',
}

/** The JSON Schema (draft-07) of manifests, made from the schema that the parser uses. What lies between fields it does not see. */
export function manifestJsonSchema(): JsonSchema {
  // Its definitions hold only the lazy alternatives, which are written out in place.
  const { $defs: _definitions, ...schema } = toJsonSchema(manifestSchema, {
    // JSON has no infinities.
    ignoreActions: ['finite'],
    overrideSchema: ({ valibotSchema }) =>
      valibotSchema.type === 'lazy'
        ? { anyOf: [fixedSize, flexibleSize].map((size) => withoutDialect(toJsonSchema(size))) }
        : undefined,
  })
  decorate(schema, '')
  return { $schema: schema.$schema ?? '', title: 'i2i model manifest', ...schema }
}

function withoutDialect({ $schema: _dialect, ...schema }: JsonSchema): JsonSchema {
  return schema
}

/** Adds descriptions, and allows x- keys wherever unknown ones are refused. */
function decorate(schema: JsonSchema, path: string): void {
  const short = path.replace(/^(input|outputs\[\])\./, '[].')
  const description = descriptions[path] ?? descriptions[short]
  if (description) schema.description = description
  if (schema.additionalProperties === false) schema.patternProperties = { '^x-': {} }
  for (const [key, value] of Object.entries(schema.properties ?? {})) child(value, path ? `${path}.${key}` : key)
  for (const branch of [...(schema.anyOf ?? []), ...(schema.oneOf ?? [])]) child(branch, path)
  if (schema.items && !Array.isArray(schema.items)) child(schema.items, `${path}[]`)
  if (typeof schema.additionalProperties === 'object') child(schema.additionalProperties, `${path}[]`)
}

function child(schema: JsonSchema | boolean, path: string): void {
  if (typeof schema === 'object') decorate(schema, path)
}
