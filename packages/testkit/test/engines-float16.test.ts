import { float16FromNumber, float16ToNumber } from '@i2i/color'
import { expect, it } from 'vitest'
import float16 from '../src/engine/generated/float16.json' with { type: 'json' }

it('rounds to float16 as numpy does, once', () => {
  for (const [value = 0, bits] of float16.values) expect(float16FromNumber(value), String(value)).toBe(bits)
})

it('reads back all 65536 float16 patterns', () => {
  for (let bits = 0; bits < 65536; bits++) {
    const value = float16ToNumber(bits)
    if (Number.isNaN(value)) expect(float16FromNumber(value)).toBe(0x7e00)
    else if (float16FromNumber(value) !== bits) expect.fail(`bits ${bits} read as ${value}`)
  }
  expect(float16ToNumber(0x3c01)).toBe(1 + 2 ** -10)
  expect(float16ToNumber(0x8001)).toBe(-(2 ** -24))
})
