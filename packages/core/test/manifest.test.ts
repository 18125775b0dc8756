import { isI2iError } from '@i2i/color'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { jsonErrorIndex } from '../src/manifest/text.js'
import { parseManifest, parseManifestText } from '../src/manifest.js'
import { badManifests, goodManifests } from './manifest-table.js'
import { edited, fullManifest } from './manifests.js'

function refusal(run: () => unknown): { message: string; issues: unknown } {
  try {
    run()
  } catch (error) {
    if (isI2iError(error, 'MANIFEST_INVALID')) return { message: error.message, issues: error.details?.['issues'] }
    throw error
  }
  throw new Error('was accepted')
}

describe('parseManifest', () => {
  test.each(goodManifests)('accepts $what', ({ manifest }) => {
    expect(() => parseManifest(manifest)).not.toThrow()
  })

  test.each(badManifests)('refuses $what', ({ manifest, says }) => {
    const { message } = refusal(() => parseManifest(manifest))
    for (const part of says) expect(message).toContain(part)
  })

  test('gives a copy equal to the manifest without its x- keys, strategy options as they are', () => {
    const source = edited(fullManifest(), 'strategy.x-own', { 'x-deep': 1 })
    const before = structuredClone(source)
    const parsed = parseManifest(source)
    const expected = JSON.parse(
      JSON.stringify(source, (key, value) => (['x-author', 'x-note'].includes(key) ? undefined : value)),
    )
    expect(parsed).toEqual(expected)
    expect(source).toEqual(before)
    expect(parsed.outputs).not.toBe(Reflect.get(Object(source), 'outputs'))
  })

  test('lists every issue at once, and names the origin', () => {
    let manifest = edited(fullManifest(), 'input.mean', [1])
    manifest = edited(Object(manifest), 'outputs.0.slice', [0, 2])
    manifest = edited(Object(manifest), 'variants.0.files.0.bytes', 0)
    const { message, issues } = refusal(() => parseManifest(manifest, 'models/toon.json'))
    expect(message).toContain('models/toon.json')
    expect(issues).toEqual([
      { path: 'variants[0].files[0].bytes', value: 0, message: 'must be an integer of at least 1' },
      { path: 'input.mean', value: [1], message: 'must have length 3, as channels is "RGB"' },
      { path: 'outputs[0].slice', value: [0, 2], message: 'must be 3 channels wide, as channels is "RGB"' },
    ])
  })

  test('takes a value of undefined as absent, and ends on a cyclic object', () => {
    expect(parseManifest({ ...fullManifest(), license: undefined })).not.toHaveProperty('license')
    const cyclic: Record<string, unknown> = fullManifest()
    cyclic['input'] = cyclic
    refusal(() => parseManifest(cyclic))
    const loop: unknown[] = []
    loop.push(loop)
    refusal(() => parseManifest(edited(fullManifest(), 'input', loop)))
  })

  test.each([
    ['input.mean', [{ toString: 1, toJSON: 2 }], 'input.mean[0] must be a number'],
    ['variants.0.files', [[{ toString: 1 }]], 'variants[0].files[0] is [{...}]; must be an object'],
    ['variants.0.files.0.bytes', 10n, 'bytes is 10; must be an integer'],
    ['id', Symbol('toon'), 'id is Symbol(toon); must be a string'],
    ['id', ['x'.repeat(1e6)], 'id is ["xxx'],
  ])('shows any value: %s', (path, value, says) => {
    const { message } = refusal(() => parseManifest(edited(fullManifest(), path, value)))
    expect(message).toContain(says)
    expect(message.length).toBeLessThan(500)
  })

  test('gives a manifest or MANIFEST_INVALID for any JSON value, and parses its own result to the same', () => {
    const spot = fc.constantFrom(...paths(fullManifest()))
    const oddObject = fc.dictionary(fc.constantFrom('toString', 'toJSON', '__proto__', 'x-a', 'length'), fc.jsonValue())
    const odd = fc.oneof(oddObject, fc.array(oddObject), fc.jsonValue())
    const replaced = fc.tuple(spot, odd).map(([path, value]) => edited(fullManifest(), path, value))
    fc.assert(
      fc.property(fc.oneof(fc.jsonValue(), replaced), (value) => {
        try {
          const manifest = parseManifest(value)
          expect(parseManifest(manifest)).toEqual(manifest)
        } catch (error) {
          expect(isI2iError(error, 'MANIFEST_INVALID')).toBe(true)
        }
      }),
      { numRuns: 2000 },
    )
  })
})

describe('parseManifestText', () => {
  test.each([
    ['{"a": 1,}', 'line 1, column 9: found "}"'],
    ['{\n  "a": b}', 'line 2, column 8: found "b}"'],
    ['{"a": "b', 'line 1, column 7: found'],
    ['[1 2]', 'line 1, column 4'],
    ['{"a" 1}', 'line 1, column 6'],
    ['{1: 2}', 'line 1, column 2'],
    ['{} x', 'line 1, column 4'],
    ['[}', 'line 1, column 2'],
    ['', 'ends too early'],
    ['{"a": [', 'line 1, column 8: the text ends too early'],
    ['<!doctype html>', 'HTML page'],
    ['\b\b\u0012\u0013pytorch', 'load() takes a manifest'],
    ['PK\ufffd\ufffd', 'load() takes a manifest'],
  ])('names the place in %j', (text, says) => {
    const { message } = refusal(() => parseManifestText(text, 'a.json'))
    expect(message).toContain('a.json is not JSON')
    expect(message).toContain(says)
  })

  test('reads what JSON.stringify writes', () => {
    expect(parseManifestText(JSON.stringify(fullManifest(), null, 2)).id).toBe('toon')
  })

  test('jsonErrorIndex finds a fault exactly where JSON.parse does', () => {
    const damaged = fc
      .tuple(
        fc.json(),
        fc.nat(),
        fc.constantFrom(
          '',
          ',',
          ':',
          '"',
          '{',
          '}',
          '[',
          ']',
          '\\',
          '0',
          '.',
          'e',
          '-',
          '\n',
          '\u0001',
          '\u007f',
          'nul',
        ),
      )
      .map(([text, at, put]) => {
        const index = at % (text.length + 1)
        return text.slice(0, index) + put + text.slice(index + (at % 2))
      })
    fc.assert(
      fc.property(fc.oneof(fc.json(), damaged, fc.string()), (text) => {
        expect(jsonErrorIndex(text) === undefined).toBe(isJson(text))
      }),
      { numRuns: 5000 },
    )
  })
})

function isJson(text: string): boolean {
  try {
    JSON.parse(text)
    return true
  } catch {
    return false
  }
}

function paths(value: unknown, prefix = ''): string[] {
  if (typeof value !== 'object' || value === null) return []
  return Object.entries(value).flatMap(([key, item]) => [prefix + key, ...paths(item, `${prefix}${key}.`)])
}
