import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { ort } from '@i2i/backend-ort'
import { load, openColorEngine } from '@i2i/core'
import { expect, it } from 'vitest'
import { astronaut, inGamut, maxDifference, part, toonManifest } from './support/pictures.js'

setFlagsFromString('--expose-gc')
const collectGarbage: () => void = runInNewContext('gc')

it('2,000 frames through one translator leave nothing behind', async () => {
  using color = await openColorEngine()
  const frame = inGamut(color.convert(part(await astronaut(), 200, 80, 48, 32), { format: 'I420' }))
  await using link = await load(toonManifest, { backend: ort({ threads: 1 }), identity: true })
  const run = async (frames: number): Promise<number> => {
    for (let i = 0; i < frames; i++) {
      using result = await link.translate(frame)
      if (i % 500 === 0) expect(maxDifference(result.image, frame)).toBeLessThanOrEqual(1)
    }
    // Finalizers of the runtime's tensors run between two collections.
    collectGarbage()
    await new Promise((resolve) => setTimeout(resolve, 20))
    collectGarbage()
    const { heapUsed, arrayBuffers, external } = process.memoryUsage()
    return heapUsed + arrayBuffers + external
  }
  const before = await run(300)
  const after = await run(2000)
  expect((after - before) / 2000).toBeLessThan(1024)
  expect(link.decisions.length).toBeLessThan(10)
})
