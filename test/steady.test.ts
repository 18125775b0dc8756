import { ort } from '@i2i/backend-ort'
import { load, openColorEngine } from '@i2i/core'
import { expect, it } from 'vitest'
import { settledMemory } from './support/memory.js'
import { astronaut, inGamut, maxDifference, part, toonManifest } from './support/pictures.js'

it('2,000 frames through one translator leave nothing behind', async () => {
  using color = await openColorEngine()
  const frame = inGamut(color.convert(part(await astronaut(), 200, 80, 48, 32), { format: 'I420' }))
  await using link = await load(toonManifest, { backend: ort({ threads: 1 }), identity: true })
  const run = async (frames: number): Promise<number> => {
    for (let i = 0; i < frames; i++) {
      using result = await link.translate(frame)
      if (i % 500 === 0) expect(maxDifference(result.image, frame)).toBeLessThanOrEqual(1)
    }
    return settledMemory()
  }
  const before = await run(300)
  const after = await run(2000)
  expect((after - before) / 2000).toBeLessThan(1024)
  expect(link.decisions.length).toBeLessThan(10)
})
