import { ort } from '@i2i/backend-ort'
import { load, openColorEngine, type RawImage } from '@i2i/core'
import { expect, it } from 'vitest'
import { settledMemory } from './support/memory.js'
import { astronaut, inGamut, maxDifference, part, toonManifest } from './support/pictures.js'

it('10,000 frames through a stream leave nothing behind', { timeout: 600_000 }, async () => {
  using color = await openColorEngine()
  // What the engine tells of its memory is for tests.
  const engine = color as unknown as { readonly memory: { readonly used: number; readonly live: number } }
  const picture = inGamut(color.convert(part(await astronaut(), 200, 80, 32, 16), { format: 'I420' }))
  await using link = await load(toonManifest, { backend: ort({ threads: 1 }), identity: true, color })
  let open = 0
  const run = async (frames: number): Promise<number> => {
    let made = 0
    const source = new ReadableStream<RawImage>(
      {
        pull(controller) {
          open++
          const frame = { ...picture, close: () => open-- }
          if (made++ < frames) controller.enqueue(frame)
          else {
            frame.close()
            controller.close()
          }
        },
      },
      { highWaterMark: 0 },
    )
    let read = 0
    for await (const image of source.pipeThrough(link.translateStream<RawImage>({ steady: 0.5, budgetMs: 1000 }))) {
      expect(open).toBeLessThanOrEqual(3)
      if (read++ % 2500 === 0) expect(maxDifference(image, picture)).toBeLessThanOrEqual(1)
    }
    expect([read, open]).toEqual([frames, 0])
    return settledMemory()
  }
  const before = { bytes: await run(1000), ...engine.memory }
  const after = { bytes: await run(10_000), ...engine.memory }
  expect((after.bytes - before.bytes) / 10_000).toBeLessThan(100)
  expect([after.used, after.live]).toEqual([before.used, before.live])
  expect(link.decisions.length).toBeLessThan(10)
})
