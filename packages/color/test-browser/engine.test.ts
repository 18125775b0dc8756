import { createImage, openColorEngine, rawImage } from '@i2i/color'
import { expect, it } from 'vitest'

it('finds its kernels beside the module, and runs relaxed SIMD', async () => {
  const engine = await openColorEngine()
  expect(engine).toMatchObject({ name: 'wasm-relaxed', reason: 'this host runs relaxed SIMD' })
  const white = rawImage({
    format: 'NV12',
    width: 33,
    height: 3,
    colorSpace: { matrix: 'bt709', fullRange: false },
    data: new Uint8Array(33 * 3 + 34 * 2).fill(235, 0, 99).fill(128, 99),
  })
  const rgba = engine.convert(white, { format: 'RGBA' }, createImage('RGBA', 33, 3))
  expect(rgba.planes[0]?.data.every((value) => value === 255)).toBe(true)
})

it('opens each engine by name', async () => {
  for (const engine of ['wasm-relaxed', 'wasm-simd', 'reference'] as const) {
    expect((await openColorEngine({ engine })).name).toBe(engine)
  }
})
