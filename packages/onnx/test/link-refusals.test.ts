import { describe, expect, it } from 'vitest'
import { type LinkSpec, linkIdentityModel } from '../src/index.js'
import { image, input, plain } from './link-run.js'
import { failureOf } from './support.js'

describe('linkIdentityModel refuses', () => {
  it.each<[string, string, LinkSpec, RegExp]>([
    [
      'no picture to follow',
      'MODEL_UNSUPPORTED',
      { inputs: [], outputs: [image(plain)] },
      /y has no picture to follow/,
    ],
    [
      'a broken scale',
      'MODEL_UNSUPPORTED',
      { inputs: [input(plain)], outputs: [image(plain, 0.5)] },
      /y has scale 0.5/,
    ],
    [
      'a picture of int64',
      'MODEL_UNSUPPORTED',
      { inputs: [{ ...input(plain), dtype: 'int64' }], outputs: [image(plain)] },
      /x of int64/,
    ],
    [
      'a mask of strings',
      'MODEL_UNSUPPORTED',
      { inputs: [input(plain)], outputs: [{ name: 'm', dtype: 'string', dims: [1], role: 'mask' }] },
      /m of string/,
    ],
    [
      'three sizes',
      'SHAPE_MISMATCH',
      { inputs: [{ ...input(plain), dims: [3, 'h', 'w'] }], outputs: [image(plain)] },
      /\[3,h,w\].*four/,
    ],
    [
      'channels at odds',
      'SHAPE_MISMATCH',
      { inputs: [{ ...input(plain), dims: [1, 4, 2, 2] }], outputs: [image(plain)] },
      /has 4 channels where RGB in NCHW has 3/,
    ],
    [
      'sizes at odds',
      'SHAPE_MISMATCH',
      { inputs: [input(plain, 4, 4)], outputs: [{ ...image(plain, 2), dims: [1, 3, 8, 9] }] },
      /width 9.*4 times scale 2 is 8/,
    ],
    [
      'an unknown type',
      'OPTION_INVALID',
      { inputs: [{ ...input(plain), dtype: 'float' }], outputs: [] },
      /no tensor type float/,
    ],
    ['a name used twice', 'OPTION_INVALID', { inputs: [input(plain), input(plain)], outputs: [] }, /'x'.*taken/],
  ])('%s', (_, code, io, message) => {
    const failure = failureOf(() => linkIdentityModel(io))
    expect(failure?.code).toBe(code)
    expect(failure?.message).toMatch(message)
  })
})
