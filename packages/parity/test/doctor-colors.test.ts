import { type ColorSpaceInit, openColorEngine, type RawImage, rawImage } from '@i2i/core'
import { expect, test } from 'vitest'
import { diagnose } from '../src/doctor/diagnose.js'
import { probeImage } from '../src/probe/probe-image.js'

type Rgb = readonly [number, number, number]

/** The picture with each colour, as floats, made another; clipped and rounded. */
function recolored({ width, height, planes }: RawImage, map: (color: Rgb, pixel: number) => Rgb): RawImage {
  const data = new Uint8ClampedArray(planes[0]!.data)
  for (let i = 0; i < data.length; i += 4) data.set(map([data[i]!, data[i + 1]!, data[i + 2]!], i / 4), i)
  return rawImage({ format: 'RGBA', width, height, data })
}

const each =
  (map: (value: number) => number) =>
  (color: Rgb): Rgb => [map(color[0]), map(color[1]), map(color[2])]

/** Encoded to I420 with one colour space, decoded with another, U and V exchanged or not. */
async function trip(image: RawImage, from: ColorSpaceInit, to: ColorSpaceInit, exchanged = false): Promise<RawImage> {
  using engine = await openColorEngine({ engine: 'reference' })
  const { width, height, planes } = engine.convert(image, { format: 'I420', colorSpace: from })
  const [y, u, v] = [planes[0]!, planes[1]!, planes[2]!]
  const received = exchanged ? [y, v, u] : [y, u, v]
  return engine.convert(rawImage({ format: 'I420', width, height, planes: received, colorSpace: to }), {
    format: 'RGBA',
  })
}

async function faultsOf(sent: RawImage, received: RawImage): Promise<readonly string[]> {
  const { faults } = await diagnose(sent, received)
  return faults.filter(({ severity }) => severity === 'fault').map(({ code }) => code)
}

const sent = probeImage(256, 192)
const bt601: ColorSpaceInit = { matrix: 'smpte170m', fullRange: false }
const bt709: ColorSpaceInit = { matrix: 'bt709', fullRange: false }
const bt2020: ColorSpaceInit = { matrix: 'bt2020-ncl', fullRange: false }

test('a range mistaken on RGB is told from a matrix beside it', async () => {
  const pale = recolored(
    await trip(sent, bt2020, bt709),
    each((value) => (value * 219) / 255 + 16),
  )
  expect(await faultsOf(sent, pale)).toEqual(['MATRIX_2020_AS_709', 'RANGE_LIMITED_AS_FULL'])
})

test('a channel order mistaken before the conversion is told from its matrix', async () => {
  const turned = recolored(sent, ([r, g, b]) => [g, b, r])
  expect(await faultsOf(sent, await trip(turned, bt601, bt2020))).toEqual(['CHANNELS_SWAPPED', 'MATRIX_601_AS_2020'])
})

test('U and V exchanged in one conversion, and another matrix in the next', async () => {
  const received = await trip(await trip(sent, bt601, bt601, true), bt709, bt601)
  expect(await faultsOf(sent, received)).toEqual(['CHROMA_SWAPPED', 'MATRIX_709_AS_601'])
})

test('[-1, 1] read as [0, 1] clips and leaves gaps, but is no loss of levels', async () => {
  const faults = await faultsOf(
    sent,
    recolored(
      sent,
      each((value) => value * 2 - 255),
    ),
  )
  expect(faults).toEqual(['NORMALIZATION', 'SATURATED'])
})

test('RGB565 is told by the levels of each channel', async () => {
  const widen = (value: number, bits: number): number => Math.round(((value >> (8 - bits)) * 255) / (2 ** bits - 1))
  const received = recolored(sent, ([r, g, b]) => [widen(r, 5), widen(g, 6), widen(b, 5)])
  expect(await faultsOf(sent, received)).toContain('QUANTIZED')
})

test('a rounded curve is not taken for a cut', async () => {
  expect(
    await faultsOf(
      sent,
      recolored(
        sent,
        each((value) => 255 * (value / 255) ** 0.8),
      ),
    ),
  ).toEqual(['GAMMA'])
})

test('NaN in one channel is told', async () => {
  const received = recolored(sent, ([r, g, b], pixel) => (pixel % 37 === 0 ? [r, 0, b] : [r, g, b]))
  expect(await faultsOf(sent, received)).toEqual(['NAN'])
})

test('NaN along one side is told, though it looks like a bar', async () => {
  const received = recolored(sent, (color, pixel) => (pixel < 256 * 48 ? [0, 0, 0] : color))
  expect(await faultsOf(sent, received)).toEqual(['NAN'])
})

test('shadows deepened by a sharpener are no NaN', async () => {
  const { data } = sent.planes[0]!
  const at = (i: number, c: number): number => data[Math.max(0, Math.min(data.length / 4 - 1, i)) * 4 + c]!
  const sharpened = recolored(sent, (color, i) => {
    const crisp = (value: number, c: number): number =>
      value * 2 - (at(i - 2, c) + at(i + 2, c) + at(i - 512, c) + at(i + 512, c)) / 4
    return [crisp(color[0], 0), crisp(color[1], 1), crisp(color[2], 2)]
  })
  expect(await faultsOf(sent, sharpened)).not.toContain('NAN')
})

test('an affine that leaves most of the error is no explanation', async () => {
  const dimmed = recolored(sent, (color, i) =>
    each((value) => value * (0.6 + (0.4 * Math.floor(i / 256)) / 192))(color),
  )
  expect(await faultsOf(sent, dimmed)).toEqual(['UNEXPLAINED'])
})
