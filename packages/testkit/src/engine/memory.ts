import { createImage } from '@i2i/color'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { OpenEngine, TestedEngine } from './bounds.js'
import { formats, guardedPicture, isYuv, tightPixels } from './pictures.js'

/** allocate(), dispose and `into`. */
export function memory(open: OpenEngine): void {
  describe('memory', () => {
    let engine: TestedEngine
    beforeAll(async () => {
      engine = await open()
    })
    afterAll(() => engine[Symbol.dispose]())

    it('lends frames of every format that serve as source and as target', async () => {
      for (const format of formats) {
        const colorSpace = isYuv(format) ? { matrix: 'bt2020-ncl', fullRange: true } : undefined
        const given = guardedPicture({
          format,
          width: 21,
          height: 13,
          seed: 5,
          slack: 3,
          ...(colorSpace && { colorSpace }),
        })
        using frame = engine.allocate(format, 21, 13, colorSpace)
        expect(await engine.convert(given.image, { format }, frame)).toBe(frame)
        expect(tightPixels(frame), format).toEqual(given.pixels())
        expect(tightPixels(await engine.convert(frame, { format })), format).toEqual(given.pixels())
      }
    })

    it('keeps every live frame while others come and go', async () => {
      const kept = Array.from({ length: 6 }, (_, i) => {
        const picture = guardedPicture({ format: 'RGBA', width: 33, height: 17, seed: i + 1 })
        return { picture, frame: engine.allocate('RGBA', 33, 17) }
      })
      for (const { picture, frame } of kept) await engine.convert(picture.image, { format: 'RGBA' }, frame)
      for (let i = 0; i < 200; i++) {
        using passing = engine.allocate('I420', 1 + (i % 60), 1 + (i % 40))
        await engine.convert(createImage('RGB', passing.width, passing.height), { format: 'I420' }, passing)
      }
      for (const { picture, frame } of kept) {
        expect(tightPixels(frame)).toEqual(picture.pixels())
        frame[Symbol.dispose]()
        // Twice is harmless.
        frame[Symbol.dispose]()
      }
    })

    it('keeps a packed tensor until it is disposed', async () => {
      const tensor = { width: 19, height: 11, layout: 'NCHW', dtype: 'float32', channels: 'RGB' } as const
      const first = guardedPicture({ format: 'RGB', width: 19, height: 11, seed: 1 })
      const second = guardedPicture({ format: 'RGB', width: 19, height: 11, seed: 2 })
      using kept = await engine.pack(first.image, tensor)
      const before = Float32Array.from(kept.data)
      for (let i = 0; i < 50; i++) {
        using passing = await engine.pack(second.image, tensor)
        expect(passing.data.length).toBe(before.length)
      }
      expect(Float32Array.from(kept.data)).toEqual(before)
    })

    it('writes into the array or image given, and returns it', async () => {
      const image = guardedPicture({ format: 'I420', width: 7, height: 5, seed: 4 }).image
      const tensor = { width: 7, height: 5, layout: 'NHWC', dtype: 'float32', channels: 'BGR' } as const
      const whole = new Float32Array(7 * 5 * 3 + 8).fill(-5)
      const into = whole.subarray(4, -4)
      using packed = await engine.pack(image, tensor, {}, into)
      expect(packed.data).toBe(into)
      using fresh = await engine.pack(image, tensor)
      expect(Float32Array.from(into)).toEqual(Float32Array.from(fresh.data))
      expect([...whole.subarray(0, 4), ...whole.subarray(-4)]).toEqual(Array(8).fill(-5))
      const target = createImage('RGBA', 7, 5)
      expect(await engine.unpack(into, tensor, { format: 'RGBA' }, target)).toBe(target)
      expect(tightPixels(target)).toEqual(tightPixels(await engine.unpack(into, tensor, { format: 'RGBA' })))
    })
  })
}
