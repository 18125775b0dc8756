import { describe, expect, it } from 'vitest'
import { applyAffine, invertAffine } from '../src/affine.js'
import { planPack, planUnpack } from '../src/geometry.js'
import type { UnpackOptions } from '../src/index.js'

const image = { width: 12, height: 9 }
const unpackTo: UnpackOptions = { format: 'RGBA' }

describe('planPack', () => {
  it('stretches by default: each axis by its own scale', () => {
    const plan = planPack(image, { width: 6, height: 18 })
    expect(plan.map).toEqual([2, 0, 0, 0, 0.5, 0])
    expect(plan.kernel).toBe('bilinear')
    expect(plan.exact).toBe(false)
  })

  it('takes area as soon as one axis shrinks below one half', () => {
    expect(planPack(image, { width: 5, height: 9 }).kernel).toBe('area')
    expect(planPack(image, { width: 12, height: 4 }).kernel).toBe('area')
  })

  it('reads every pixel that a fractional crop touches, and no more for rounding noise', () => {
    const crop = { x: 1.5, y: 2, width: 3.2, height: 0.1 + 0.2 + 2.7 }
    expect(planPack(image, image, { crop }).bounds).toEqual({ x0: 1, y0: 2, x1: 5, y1: 5 })
  })

  it('knows shifts, mirrors and quarter turns, through rounding noise too', () => {
    const exact = (affine: Parameters<typeof applyAffine>[0]) => planPack(image, image, { affine }).exact
    expect(exact([1, 0, 3, 0, 1, -2])).toBe(true)
    expect(exact([-1, 0, 12, 0, 1, 0])).toBe(true)
    expect(exact([Math.cos(Math.PI / 2), -1, 9, 1, Math.cos(Math.PI / 2), 0])).toBe(true)
    expect(exact([1, 0, 0.5, 0, 1, 0])).toBe(false)
    expect(exact([1, 0.01, 0, 0, 1, 0])).toBe(false)
  })

  it('contain rounds the inner size, puts the rest half and half, and pads what is outside it', () => {
    const plan = planPack(image, { width: 10, height: 10 }, { fit: 'contain', pad: [0] })
    expect(plan.inner).toEqual({ x0: 0, y0: 1, x1: 10, y1: 9 })
    expect(applyAffine(plan.map, 0, 1)).toEqual([0, 0])
    expect(applyAffine(plan.map, 10, 9)).toEqual([12, 9])
  })
})

describe('planUnpack', () => {
  it('undoes whatever a pack did', () => {
    for (const options of [
      {},
      { fit: 'contain' },
      { fit: 'cover' },
      { crop: { x: 1, y: 2, width: 5, height: 6 } },
    ] as const) {
      const there = planPack(image, { width: 7, height: 5 }, options).map
      const back = planUnpack({ width: 7, height: 5 }, image, { ...unpackTo, transform: there }).map
      const [x, y] = applyAffine(back, ...applyAffine(there, 3.25, 1.5))
      expect(x).toBeCloseTo(3.25, 9)
      expect(y).toBeCloseTo(1.5, 9)
    }
  })

  it('reads only what the target covers', () => {
    const there = planPack(image, { width: 10, height: 10 }, { fit: 'contain' }).map
    const plan = planUnpack({ width: 10, height: 10 }, image, { ...unpackTo, transform: there })
    expect(plan.bounds).toEqual({ x0: 0, y0: 1, x1: 10, y1: 9 })
  })

  it('is exact where the pack was', () => {
    const there = planPack(image, { width: 4, height: 4 }, { crop: { x: 3, y: 2, width: 4, height: 4 } }).map
    expect(planUnpack({ width: 4, height: 4 }, image, { ...unpackTo, transform: there }).exact).toBe(true)
  })
})

it('a flat map has no inverse', () => {
  expect(invertAffine([1, 2, 0, 2, 4, 0])).toBeUndefined()
})
