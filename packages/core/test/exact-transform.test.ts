import { expect, test } from 'vitest'
import { exactTransform } from '../src/dump-files/exact.js'

const input = { width: 8, height: 8, layout: 'NCHW', dtype: 'float32', channels: 'BGR' } as const

test('fills in what the engine does by default', () => {
  const still = exactTransform({ input, pack: {}, transform: [1, 0, 3, 0, 1, 0] }, 'I420')
  expect(still).toMatchObject({ kernel: 'none', chroma: 'nearest', fit: 'stretch', pad: 'edge', mean: 0, std: 1 })
  const shrunk = exactTransform({ input, pack: { chroma: 'linear' }, transform: [2.1, 0, 0, 0, 1, 0] }, 'NV12')
  expect(shrunk).toMatchObject({ kernel: 'area', antialias: false, chroma: 'linear' })
  const half = exactTransform({ input, pack: {}, transform: [2, 0, 0, 0, 2, 0] }, 'RGB')
  expect(half).toMatchObject({ kernel: 'bilinear', channels: 'BGR', values: '(pixel / 255 - mean) / std' })
  expect(half).not.toHaveProperty('chroma')
})

test('says how 8 bits and halves are rounded, and nothing of what is no picture', () => {
  const transform = [1, 0, 0.5, 0, 1, 0]
  expect(exactTransform({ input: { ...input, dtype: 'uint8' }, pack: {}, transform }, 'RGB')).toMatchObject({
    rounding: 'floor(x + 0.5), clamped to 0..255',
    kernel: 'bilinear',
  })
  expect(exactTransform({ input: { ...input, dtype: 'float16' }, pack: {}, transform }, 'RGB')).toMatchObject({
    rounding: 'to the nearest float16, ties to even',
  })
  expect(exactTransform({}, 'RGB')).toBeUndefined()
})
