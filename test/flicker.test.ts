import { ort } from '@i2i/backend-ort'
import { load, openColorEngine, type RawImage } from '@i2i/core'
import { expect, it } from 'vitest'
import { astronaut, part, pixelsOf, toonManifest } from './support/pictures.js'

const [width, height] = [192, 144]
const step = { x: 3, y: 1 }
const frames = 10

/** The toon of a photograph that the camera pans over, as RGBA bytes. */
async function panned(steady: number): Promise<Uint8Array[]> {
  const photo = await astronaut()
  await using translator = await load(toonManifest, { backend: ort({ threads: 1 }), device: 'cpu' })
  using color = await openColorEngine()
  const { readable, writable } = translator.translateStream<RawImage>({ steady })
  const camera = new ReadableStream<RawImage>({
    start(controller) {
      for (let t = 0; t < frames; t++) {
        const window = part(photo, 100 + step.x * t, 60 + step.y * t, width, height)
        controller.enqueue(color.convert(window, { format: 'I420', colorSpace: { matrix: 'bt709', fullRange: false } }))
      }
      controller.close()
    },
  })
  const pictures: Uint8Array[] = []
  const piped = camera.pipeTo(writable)
  for await (const image of readable) pictures.push(pixelsOf(color.convert(image, { format: 'RGB' })))
  await piped
  return pictures
}

/** The mean change, in levels, of the same place of the photograph from frame to frame: 0 where the result moves as the photograph does. */
function flickerOf(pictures: readonly Uint8Array[]): number {
  const margin = 8
  let [sum, count] = [0, 0]
  pictures.slice(1).forEach((now, t) => {
    const before = pictures[t] ?? now
    for (let y = margin; y < height - margin - step.y; y++) {
      for (let i = margin * 3; i < (width - margin - step.x) * 3; i++) {
        sum += Math.abs((now[y * width * 3 + i] ?? 0) - (before[((y + step.y) * width + step.x) * 3 + i] ?? 0))
        count++
      }
    }
  })
  return sum / count
}

it('steady: 0.8 takes a third of the flicker and more off a panned photograph and stays close to the model', async () => {
  const [raw, steady] = [await panned(0), await panned(0.8)]
  const [before, after] = [flickerOf(raw), flickerOf(steady)]
  let [sum, count, most] = [0, 0, 0]
  raw.forEach((picture, t) => {
    picture.forEach((value, i) => {
      const off = Math.abs(value - (steady[t]?.[i] ?? 0))
      sum += off
      count++
      most = Math.max(most, off)
    })
  })
  expect(before).toBeGreaterThan(1)
  expect(after).toBeLessThan(0.67 * before)
  expect(sum / count).toBeLessThan(2.5)
  // At most 0.9 * 0.8 * 16 levels of Y, U and V each, seen in RGB.
  expect(most).toBeLessThan(11.52 * (255 / 219 + 2.2))
})
