import { expect, it } from 'vitest'
import { createImage, openColorEngine, type RawImage } from '../src/index.js'
import { openWasm } from './support/wasm.js'

const side = 24
const around = 60

/** Noise, and the same noise with its edge written out far around it. */
function pictures(): { image: RawImage; extended: RawImage } {
  const image = createImage('RGB', side, side)
  const extended = createImage('RGB', side + 2 * around, side + 2 * around)
  const [{ data }, { data: wide }] = [image.planes[0]!, extended.planes[0]!]
  for (let i = 0; i < data.length; i++) data[i] = (Math.imul(i + 1, 2654435761) >>> 16) & 255
  const clamp = (at: number) => Math.min(side - 1, Math.max(0, at - around))
  for (let y = 0; y < extended.height; y++) {
    for (let x = 0; x < extended.width; x++) {
      const from = 3 * (clamp(y) * side + clamp(x))
      wide.set(data.subarray(from, from + 3), 3 * (y * extended.width + x))
    }
  }
  return { image, extended }
}

it.each(['reference', 'wasm-simd'] as const)('%s: antialiased kernels see the edge repeated outside', async (name) => {
  const engine = name === 'reference' ? await openColorEngine({ engine: name }) : await openWasm(name)
  const { image, extended } = pictures()
  const tensor = { width: 24, height: 24, layout: 'NCHW', dtype: 'float32', channels: 'RGB' } as const
  for (const kernel of ['bilinear', 'bicubic'] as const) {
    for (const scale of [0.8, 1.7, 3.1]) {
      // The picture begins six target pixels in and a fraction.
      const start = -6.3 * scale
      const options = { kernel, antialias: true } as const
      const packed = engine.pack(image, tensor, { ...options, affine: [scale, 0, start, 0, scale, start] })
      const shifted = start + around
      const truth = engine.pack(extended, tensor, { ...options, affine: [scale, 0, shifted, 0, scale, shifted] })
      const outside = (index: number) => scale * (index + 0.5) + start < 0 || scale * (index + 0.5) + start > side
      let seen = 0
      packed.data.forEach((value, i) => {
        const [x, y] = [i % 24, Math.floor(i / 24) % 24]
        // Inside, Pillow leaves out what is not there instead.
        if (!outside(x) || !outside(y)) return
        seen++
        expect(Math.abs(value - truth.data[i]!) * 255).toBeLessThan(0.1)
      })
      expect(seen).toBeGreaterThan(100)
    }
  }
})
