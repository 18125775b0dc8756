import { type RawImage, rawImage } from '@i2i/core'
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
  })
})

function same({ width, height }: RawImage, data: Uint8Array | Uint8ClampedArray): RawImage {
  return rawImage({ format: 'RGBA', width, height, data })
}
