import { expect, it } from 'vitest'
import { planPack } from '../src/geometry.js'
import { bufferSource, bufferTarget } from '../src/webgpu/shapes.js'
import { convertTask, packTask } from '../src/webgpu/tasks.js'
import { nv12, planesOf, rgba, tensor } from './support/webgpu-calls.js'

it('matrices, sizes and offsets are data: one shader serves every matrix, range, size and stride', () => {
  const codes = [nv12.colorSpace, { matrix: 'smpte170m', fullRange: true } as const].flatMap((colorSpace) =>
    [64, 1280].map((width) => {
      const picture = { ...nv12, width, colorSpace }
      return convertTask(
        bufferSource(picture, planesOf(nv12)),
        bufferTarget({ ...rgba, width }, planesOf(rgba)),
        'nearest',
      ).program.code
    }),
  )
  expect(new Set(codes).size).toBe(1)
})

it('every uniform that a shader declares has its numbers', () => {
  const source = bufferSource(nv12, planesOf(nv12))
  const { program, values } = packTask(source, tensor, planPack(nv12, tensor, { fit: 'contain', pad: [0] }), 0)
  for (const { name } of program.fields) expect(values, name).toHaveProperty(name)
})
