import { type ColorSpaceInit, openColorEngine, type RawImage, rawImage } from '@i2i/core'
import sharp from 'sharp'
import { describe, expect, test } from 'vitest'
import { diagnose } from '../src/doctor/diagnose.js'
import { probeImage } from '../src/probe/probe-image.js'

/** What field teams met: each picture went wrong in another library's hands. */
describe('cases from the field', () => {
  test('a picture shrunk to 640 before the SDK', async () => {
    const sent = probeImage(1280, 720)
    const { data, info } = await sharp(sent.planes[0]!.data, { raw: { width: 1280, height: 720, channels: 4 } })
      .removeAlpha()
      .resize(640, 360)
      .ensureAlpha()
      .raw()
      .toBuffer({ resolveWithObject: true })
    const received = rawImage({ format: 'RGBA', width: info.width, height: info.height, data })
    const fault = (await diagnose(sent, received)).faults.find(({ code }) => code === 'HIDDEN_RESIZE')
    expect(fault?.evidence).toMatchObject({ width: 640, height: 360 })
    expect(fault?.severity).toBe('fault')
  })

  test('a BGR picture handed over as RGB', async () => {
    const sent = probeImage(256, 192)
    const { data } = sent.planes[0]!
    const swapped = data.slice()
    for (let i = 0; i < data.length; i += 4) [swapped[i], swapped[i + 2]] = [data[i + 2]!, data[i]!]
    const { faults, faithful } = await diagnose(sent, same(sent, swapped))
    expect(faults.map(({ code }) => code)).toEqual(['CHANNELS_SWAPPED'])
    expect(faithful).toBe(false)
  })

  test('BT.601 video decoded as BT.709', async () => {
    const sent = probeImage(256, 192)
    const received = await retagged(
      sent,
      { matrix: 'smpte170m', fullRange: false },
      { matrix: 'bt709', fullRange: false },
    )
    expect(await codesOf(sent, received)).toEqual(['MATRIX_601_AS_709'])
  })

  test('full range taken as limited', async () => {
    const sent = probeImage(256, 192)
    const received = await retagged(sent, { matrix: 'bt709', fullRange: true }, { matrix: 'bt709', fullRange: false })
    expect(await codesOf(sent, received)).toEqual(['RANGE_FULL_AS_LIMITED'])
  })

  test('floor for round on the way out of a normalised tensor', async () => {
    const sent = probeImage(256, 192)
    const [mean, std] = [Float32Array.of(0.485, 0.456, 0.406), Float32Array.of(0.229, 0.224, 0.225)]
    const tensor = Float32Array.from(sent.planes[0]!.data, (value, i) => (value / 255 - mean[i % 4]!) / std[i % 4]!)
    const cut = Uint8Array.from(sent.planes[0]!.data, (value, i) =>
      i % 4 === 3 ? value : Math.floor(Math.fround(Math.fround(tensor[i]! * std[i % 4]!) + mean[i % 4]!) * 255),
    )
    expect(await codesOf(sent, same(sent, cut))).toEqual(['TRUNCATED'])
  })

  test("a sensor's noise is no fault, for all its roughness", async () => {
    const sent = probeImage(320, 240)
    let state = 1
    const noisy = Uint8Array.from(sent.planes[0]!.data, (value, i) => {
      state = (Math.imul(state, 1103515245) + 12345) >>> 0
      return i % 4 === 3 ? value : Math.max(0, Math.min(255, value + ((state >>> 16) % 7) - 3))
    })
    expect(await diagnose(sent, same(sent, noisy))).toMatchObject({ faithful: true, faults: [] })
  })

  test('a depth-to-space in DCR order for one in CRD', async () => {
    const sent = probeImage(256, 192)
    const { data } = sent.planes[0]!
    const mosaic = data.slice()
    // Channel k of the twelve that a 2 x 2 block becomes: PyTorch stores c * 4 + place, DCR reads place * 3 + c.
    for (let y = 0; y < 192; y++)
      for (let x = 0; x < 256; x++)
        for (let c = 0; c < 3; c++) {
          const k = ((y % 2) * 2 + (x % 2)) * 3 + c
          const [channel, place] = [Math.floor(k / 4), k % 4]
          const [px, py] = [x - (x % 2) + (place % 2), y - (y % 2) + Math.floor(place / 2)]
          mosaic[(y * 256 + x) * 4 + c] = data[(py * 256 + px) * 4 + channel]!
        }
    const [fault] = (await diagnose(sent, same(sent, mosaic))).faults
    expect(fault).toMatchObject({ code: 'PIXEL_SHUFFLE_DCR_CRD', evidence: { period: 2, stored: 'CRD', read: 'DCR' } })
  })

  test('a screenshot has no alpha, which is worth a note', async () => {
    const sent = probeImage(256, 192)
    const { data, info } = await sharp(sent.planes[0]!.data, { raw: { width: 256, height: 192, channels: 4 } })
      .flatten({ background: '#ffffff' })
      .ensureAlpha()
      .raw()
      .toBuffer({ resolveWithObject: true })
    const diagnosis = await diagnose(sent, rawImage({ format: 'RGBA', width: info.width, height: info.height, data }))
    expect(diagnosis.faithful).toBe(true)
    expect(diagnosis.faults).toMatchObject([
      { code: 'ALPHA_PREMULTIPLIED', severity: 'note', evidence: { background: 'white' } },
    ])
    expect(diagnosis.faults[0]!.message).toContain('without alpha')
  })

  test('a blur is nothing the doctor has a name for', async () => {
    const sent = probeImage(256, 192)
    const data = await sharp(sent.planes[0]!.data, { raw: { width: 256, height: 192, channels: 4 } })
      .removeAlpha()
      .blur(1.2)
      .ensureAlpha()
      .raw()
      .toBuffer()
    expect((await diagnose(sent, same(sent, data))).faults.map(({ code }) => code)).toContain('UNEXPLAINED')
  })

  test('another picture is unexplained', async () => {
    const sent = probeImage(192, 160)
    const other = Uint8Array.from(sent.planes[0]!.data, (_, i) =>
      i % 4 === 3 ? 255 : 128 + 100 * Math.sin(i * i * 0.37),
    )
    const { faults } = await diagnose(sent, same(sent, other))
    expect(faults.map(({ code }) => code)).toEqual(['UNEXPLAINED'])
    expect(faults[0]!.message).toContain('not the one that was sent')
  })
})

async function codesOf(sent: RawImage, received: RawImage): Promise<readonly string[]> {
  const { faults } = await diagnose(sent, received)
  return faults.filter(({ severity }) => severity === 'fault').map(({ code }) => code)
}

/** Encoded to I420 with one colour space, decoded with another. */
async function retagged(image: RawImage, encoded: ColorSpaceInit, decoded: ColorSpaceInit): Promise<RawImage> {
  using engine = await openColorEngine({ engine: 'reference' })
  const { width, height, planes } = engine.convert(image, { format: 'I420', colorSpace: encoded })
  return engine.convert(rawImage({ format: 'I420', width, height, planes, colorSpace: decoded }), { format: 'RGBA' })
}

function same({ width, height }: RawImage, data: Uint8Array | Uint8ClampedArray): RawImage {
  return rawImage({ format: 'RGBA', width, height, data })
}
