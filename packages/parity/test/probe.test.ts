import { expect, test } from 'vitest'
import { probeImage } from '../src/probe/probe-image.js'

test('the same bytes for the same size, opaque but for the strip, away from 0 and 255', () => {
  for (const [width, height] of [
    [96, 96],
    [203, 157],
    [640, 360],
  ] as const) {
    const [{ data }, again] = [probeImage(width, height).planes[0]!, probeImage(width, height).planes[0]!]
    expect(data).toEqual(again.data)
    const strip = Math.round((11 * height) / 12)
    for (let i = 0; i < data.length; i += 4) {
      const colors = [data[i]!, data[i + 1]!, data[i + 2]!]
      if (Math.min(...colors) < 32 || Math.max(...colors) > 224) expect.fail(`pixel ${i / 4} is ${colors}`)
      if (data[i + 3] !== 255 && i / 4 / width < strip) expect.fail(`pixel ${i / 4} has alpha ${data[i + 3]}`)
    }
    expect(new Set(data.filter((_, i) => i % 4 === 3)).size).toBeGreaterThan(8)
  }
})

test('refuses sizes it cannot be drawn at', () => {
  expect(() => probeImage(20, 200)).toThrow(/64 to 8192/)
  expect(() => probeImage(200.5, 200)).toThrow(/200.5/)
})
