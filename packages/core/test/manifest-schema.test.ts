import { Ajv } from 'ajv'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { manifestJsonSchema } from '../scripts/manifest-schema.js'
import { parseManifest } from '../src/manifest.js'
import { badManifests, goodManifests } from './manifest-table.js'
import { edited, fullManifest } from './manifests.js'

const schema = manifestJsonSchema()
const validate = new Ajv({ strict: true, strictTuples: false, allErrors: true, allowUnionTypes: true }).compile(
  JSON.parse(JSON.stringify(schema)),
)

describe('the JSON Schema', () => {
  test.each(goodManifests)('accepts $what', ({ manifest }) => {
    expect(validate(manifest), JSON.stringify(validate.errors)).toBe(true)
  })

  test.each(badManifests)('agrees with the parser on $what', ({ manifest, shape }) => {
    // What lies between fields is the parser's alone.
    expect(validate(manifest)).toBe(shape === false)
  })

  test('accepts whatever the parser accepts, and refuses whatever a single field is wrong in', () => {
    const spot = fc.constantFrom(...paths(fullManifest()))
    const value = fc.oneof(fc.jsonValue({ maxDepth: 1 }), fc.constantFrom(0, 1, -1, 1.5, 16385, '', 'RGB', [], {}))
    fc.assert(
      fc.property(spot, value, (path, put) => {
        const manifest = edited(fullManifest(), path, put)
        const { ok, shape } = judge(manifest)
        if (ok) expect(validate(manifest), JSON.stringify([path, put, validate.errors])).toBe(true)
        else if (shape) expect(validate(manifest), JSON.stringify([path, put])).toBe(false)
      }),
      { numRuns: 2000 },
    )
  })

  test('describes every field', () => {
    const bare: string[] = []
    const walk = (node: unknown, at: string): void => {
      if (typeof node !== 'object' || node === null) return
      const properties: unknown = Reflect.get(node, 'properties')
      for (const [key, field] of Object.entries(Object(properties))) {
        if (!Reflect.get(Object(field), 'description')) bare.push(`${at}.${key}`)
      }
      for (const [key, item] of Object.entries(node)) walk(item, `${at}/${key}`)
    }
    walk(schema, '')
    expect(bare).toEqual([])
  })
})

/** `shape`: whether a single field shows the fault (its issue does not come from a comparison of fields). */
function judge(manifest: unknown): { ok: boolean; shape: boolean } {
  try {
    parseManifest(manifest)
    return { ok: true, shape: false }
  } catch (error) {
    const message = error instanceof Error ? error.message : ''
    return {
      ok: false,
      shape: !/must differ|, as |must be absent|from < to|must not contain 0|at least one tile/.test(message),
    }
  }
}

function paths(value: unknown, prefix = ''): string[] {
  if (typeof value !== 'object' || value === null) return []
  return Object.entries(value).flatMap(([key, item]) => [prefix + key, ...paths(item, `${prefix}${key}.`)])
}
