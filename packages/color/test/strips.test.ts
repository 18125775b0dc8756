import { openColorEngine, rawImage } from '@i2i/color'
import { expect, it } from 'vitest'

// A strip has 64 rows at most: a picture of exactly one strip is staged like any other that lies outside engine memory.
it.each([62, 63, 64, 65, 66, 128])('packs %d rows from outside as the reference does', async (height) => {
  using engine = await openColorEngine({ engine: 'wasm-simd' })
  using reference = await openColorEngine({ engine: 'reference' })
  for (const width of [16, 64, 70]) {
    const data = Uint8Array.from({ length: width * height * 4 }, (_, i) => (i * 7919) % 256)
    const image = rawImage({ format: 'RGBA', width, height, data })
    const tensor = { width, height, layout: 'NCHW', dtype: 'float32', channels: 'RGB' } as const
    using actual = engine.pack(image, tensor)
    using expected = reference.pack(image, tensor)
    const worst = Array.from(actual.data).reduce(
      (most, value, i) => Math.max(most, Math.abs(value - (expected.data[i] ?? NaN))),
      0,
    )
    expect(worst).toBeLessThan(1e-6)
  }
})
