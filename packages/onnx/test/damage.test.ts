import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { identityModel, readModel, tensorData, writeModel } from '../src/index.js'
import { failureOf, field, fileBytes, join, modelBytes, varint } from './support.js'

const small = writeModel(identityModel({}))
const rich = fileBytes('fixtures/every-field.onnx')

function readAll(bytes: Uint8Array): void {
  const model = readModel(bytes)
  for (const tensor of model.graph.initializers) failureOf(() => tensorData(tensor))
  writeModel(model)
}

describe('a damaged file', () => {
  it('cut off at any byte is refused with the reason, the place and the remedy', () => {
    for (let length = 0; length < small.length; length++) {
      const failure = failureOf(() => readModel(small.subarray(0, length)))
      expect(failure, `cut at ${length}`).toMatchObject({ code: 'MODEL_UNSUPPORTED' })
      expect(failure?.message).toMatch(new RegExp(`of ${length}\\.|its ${length} bytes`))
      expect(failure?.message).toMatch(/cut off.*download it again/)
      expect(failure?.details).toMatchObject({ bytes: length })
      expect(failure?.details?.['offset']).toBeLessThanOrEqual(length)
    }
  })

  it('cut off at any byte is never anything but read or refused, whatever it holds', () => {
    for (let length = 0; length < rich.length; length++) failureOf(() => readAll(rich.subarray(0, length)))
  })

  it('with flipped bytes is read or refused', () => {
    const flips = fc.array(fc.tuple(fc.nat(rich.length - 1), fc.integer({ min: 1, max: 255 })), {
      minLength: 1,
      maxLength: 8,
    })
    fc.assert(
      fc.property(flips, (changes) => {
        const bytes = rich.slice()
        for (const [at, mask] of changes) bytes[at]! ^= mask
        const failure = failureOf(() => readAll(bytes))
        if (failure) expect(failure.code).toBe('MODEL_UNSUPPORTED')
      }),
      { numRuns: 1000 },
    )
  })

  it('of random bytes is read or refused', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => void failureOf(() => readAll(bytes))),
      { numRuns: 1000 },
    )
  })
})

describe('hostile input is refused', () => {
  it.each<[string, Uint8Array, RegExp]>([
    [
      'a length of 2^32 - 1',
      join(varint(7 * 8 + 2), varint(2 ** 32 - 1)),
      /4294967295 bytes where 0 are left at byte 1/,
    ],
    ['a text that ends after its message', modelBytes(join(2 * 8 + 2, 5, 97, 98, 99, 100)), /5 bytes where 4 are left/],
    ['a length of 2^50', join(varint(7 * 8 + 2), varint(2 ** 50)), /1125899906842624 bytes/],
    ['a number of eleven bytes', join(8, ...Array(11).fill(0x80)), /more than ten bytes at byte 1/],
    ['a field numbered 0', join(2, 0), /impossible field number at byte 0/],
    ['wire type 7', join(15, 0), /impossible wire type 7/],
    ['the end of no group', join(varint(50 * 8 + 4)), /impossible wire type 4/],
    ['the end of another group', join(varint(50 * 8 + 3), varint(51 * 8 + 4)), /impossible wire type 4/],
    ['a group without end', join(varint(50 * 8 + 3)), /ends early/],
    ['groups nested endlessly', join(...Array(5000).fill(varint(50 * 8 + 3))), /nesting deeper than 100/],
    ['packed floats of three bytes', modelBytes(field(5, field(4, 1, 2, 3))), /no multiple of 4/],
    [
      'a dimension beyond 2^53',
      modelBytes(field(5, join(8, varint(2 ** 60)))),
      /dims = 1152921504606847000, beyond 2\^53/,
    ],
    ['nothing at all', new Uint8Array(), /names no graph in its 0 bytes/],
    ['a picture', Uint8Array.of(0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a), /not ONNX/],
  ])('%s', (_, bytes, message) => {
    const failure = failureOf(() => readModel(bytes))
    expect(failure?.code).toBe('MODEL_UNSUPPORTED')
    expect(failure?.message).toMatch(message)
  })

  it('types nested endlessly', () => {
    let type = field(1, new Uint8Array())
    for (let i = 0; i < 200; i++) type = field(4, field(1, type))
    expect(failureOf(() => readModel(modelBytes(field(11, field(2, type)))))?.message).toMatch(
      /nesting deeper than 100/,
    )
  })

  it('hundreds of thousands of occurrences of one field take linear time', () => {
    const count = 300_000
    const singles = modelBytes(
      field(
        5,
        new Uint8Array(count * 5).map((_, i) => (i % 5 === 0 ? 4 * 8 + 5 : 0)),
      ),
    )
    const parts = modelBytes(
      field(
        5,
        new Uint8Array(count * 2).map((_, i) => (i % 2 === 0 ? 3 * 8 + 2 : 0)),
      ),
    )
    const started = performance.now()
    expect(readModel(singles).graph.initializers[0]?.floatData?.length).toBe(count)
    expect(readModel(parts).graph.initializers[0]?.segment).toMatchObject({ begin: 0 })
    expect(performance.now() - started).toBeLessThan(20_000)
  })
})
