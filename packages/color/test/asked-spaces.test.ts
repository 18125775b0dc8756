import { expect, it } from 'vitest'
import { type ColorSpaceInit, createImage, openColorEngine } from '../src/index.js'

const engine = await openColorEngine({ engine: 'reference' })
const source = createImage('I420', 4, 4, { matrix: 'bt709', fullRange: false, primaries: 'bt709' })

it.each([
  ['the range alone', { fullRange: true }, { matrix: 'bt709', fullRange: true, primaries: 'bt709' }],
  ['the matrix alone', { matrix: 'bt2020-ncl' }, { matrix: 'bt2020-ncl', fullRange: false, primaries: 'bt709' }],
  ['nulls', { matrix: null, fullRange: null }, { matrix: 'bt709', fullRange: false, primaries: 'bt709' }],
] satisfies [string, ColorSpaceInit, object][])(
  'keeps of the source what a request for %s leaves open',
  (_, asked, got) => {
    expect(engine.convert(source, { format: 'NV12', colorSpace: asked }).colorSpace).toEqual(got)
  },
)

it('marks what was kept of a guess, and nothing that was said', () => {
  const guessed = createImage('I420', 4, 4)
  const space = (colorSpace: ColorSpaceInit) => engine.convert(guessed, { format: 'NV12', colorSpace }).colorSpace
  expect(space({ fullRange: true })).toEqual({ matrix: 'smpte170m', fullRange: true, assumed: true })
  expect(space({ matrix: 'bt709', fullRange: true })).toEqual({ matrix: 'bt709', fullRange: true })
  // A picture's own label, passed on, says that it is a guess.
  expect(space(guessed.colorSpace)).toEqual({ matrix: 'smpte170m', fullRange: false, assumed: true })
})

it("takes what is left open from a labelled target before the source's", () => {
  const into = createImage('I420', 4, 4, { matrix: 'bt2020-ncl', fullRange: true })
  expect(engine.convert(source, { format: 'I420', colorSpace: { fullRange: true } }, into)).toBe(into)
  const other = () => engine.convert(source, { format: 'I420', colorSpace: { fullRange: false } }, into)
  expect(other).toThrow(expect.objectContaining({ code: 'OPTION_INVALID' }))
})

it('refuses a colour space that is no object', () => {
  const wrong = 'bt709' as unknown as ColorSpaceInit
  const convert = () => engine.convert(source, { format: 'NV12', colorSpace: wrong })
  expect(convert).toThrow(expect.objectContaining({ code: 'OPTION_INVALID' }))
})
