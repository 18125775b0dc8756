import { createImage, openColorEngine, type RawImage } from '@i2i/color'
import { afterAll, beforeAll, expect, it } from 'vitest'
import type { GpuDevice } from '../src/webgpu/gpu.js'
import { type GpuColorEngine, type GpuPackedTensor, type GpuPicture, openGpuColorEngine } from '../src/webgpu/index.js'
import { dom, requestDevice, submitted } from './gpu.js'

let device: GpuDevice
let engine: GpuColorEngine

beforeAll(async () => {
  device = await requestDevice()
  engine = await openGpuColorEngine(dom(device))
})
afterAll(() => engine.dispose())

function noise(format: RawImage['format'], width: number, height: number): RawImage {
  const image = createImage(format, width, height)
  let state = 1
  for (const { data } of image.planes) {
    for (let i = 0; i < data.length; i++) {
      state = (Math.imul(state, 1103515245) + 12345) & 0x7fffffff
      data[i] = state >> 16
    }
  }
  return image
}

it('packs and unpacks in one command encoder as the reference does', async () => {
  const reference = await openColorEngine({ engine: 'reference' })
  const image = noise('I420', 33, 19)
  const tensor = { width: 16, height: 12, layout: 'NCHW', dtype: 'float16', channels: 'BGR' } as const
  const packs: GpuPackedTensor[] = []
  const pictures: GpuPicture[] = []
  const options = { fit: 'contain', pad: [9, 8, 7] } as const
  const to = { format: 'NV12', width: 33, height: 19 } as const
  submitted(device, (encoder) => {
    const packed = engine.pack(image, tensor, { ...options, encoder })
    packs.push(packed)
    pictures.push(engine.unpack(packed, tensor, { ...to, transform: packed.transform, encoder }))
  })
  const [[packed], [picture]] = [packs, pictures]
  if (!packed || !picture) throw new Error('nothing was recorded')
  const expected = reference.pack(image, tensor, options)
  expect(packed.transform).toEqual(expected.transform)
  expect(await packed.read()).toEqual(expected.data)
  expect((await picture.read()).planes).toEqual(
    reference.unpack(expected.data, tensor, { ...to, transform: packed.transform }).planes,
  )
  packed.dispose()
  picture.dispose()
  await engine.settled()
  expect(engine.memory.lent).toBe(0)
})
