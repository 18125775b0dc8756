import { type ColorEngine, createImage, float16FromNumber, planeSizes } from '@i2i/color'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { GpuBuffer, GpuDevice } from '../src/webgpu/gpu.js'
import type { GpuColorEngine, GpuPackedTensor, GpuPicture } from '../src/webgpu/index.js'
import { dom, openEngines, submitted } from './gpu.js'
import { bytesOf, noise } from './pictures.js'

let device: GpuDevice
let engine: GpuColorEngine
let reference: ColorEngine

beforeAll(async () => {
  ;({ device, engine, reference } = await openEngines())
})
afterAll(async () => {
  await engine.settled()
  engine.dispose()
})

const buffer = (size: number): GpuBuffer => device.createBuffer({ size, usage: 0x80 | 4 | 8 })

describe('recording', () => {
  it('packs and unpacks in one command encoder as the reference does', async () => {
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
    const back = reference.unpack(expected.data, tensor, { ...to, transform: packed.transform })
    expect(bytesOf(await picture.read())).toEqual(bytesOf(back))
    packed.dispose()
    picture.dispose()
    await engine.settled()
    expect(engine.memory.lent).toBe(0)
  })

  it('uploads of two frames in one encoder do not overwrite each other', async () => {
    const tensor = { width: 8, height: 8, layout: 'NHWC', dtype: 'uint8', channels: 'GRAY' } as const
    const frames = [10, 20, 30].map((level) => {
      const image = createImage('GRAY', 8, 8)
      image.planes[0]!.data.fill(level)
      return image
    })
    const packs: GpuPackedTensor[] = []
    submitted(device, (encoder) => {
      for (const frame of frames) packs.push(engine.pack(frame, tensor, { encoder }))
    })
    for (const [i, packed] of packs.entries()) {
      expect((await packed.read())[0]).toBe(10 * (i + 1))
      packed.dispose()
    }
  })

  it('float16 is rounded to nearest even, ties and infinities too', async () => {
    const image = createImage('GRAY', 16, 16)
    image.planes[0]!.data.forEach((_, i, data) => {
      data[i] = i
    })
    // Ties: steps of half a unit in the last place from 2048 on; the large ones are beyond float16.
    for (const [mean, std] of [
      [-2048 / 255, 1 / 255],
      [-4096.5 / 255, 1 / 510],
      [0, 1 / 70000],
      [0, 3e7],
      [0.485, 0.229],
    ] as const) {
      const tensor = { width: 16, height: 16, layout: 'NCHW', channels: 'GRAY', mean: [mean], std: [std] } as const
      using float32 = engine.pack(image, { ...tensor, dtype: 'float32' })
      using float16 = engine.pack(image, { ...tensor, dtype: 'float16' })
      const values = (await float32.read()) as Float32Array
      expect([...((await float16.read()) as Uint16Array)]).toEqual(Array.from(values, float16FromNumber))
    }
  })
})

describe('buffers', () => {
  it('reads planes at any offset and stride, and writes none but the pixels', async () => {
    for (const format of ['RGBA', 'RGB', 'GRAY', 'I420', 'NV21'] as const) {
      const [width, height] = [13, 7]
      const image = noise(format, width, height)
      const bytes = new Uint8Array(2048).fill(0xa5)
      let end = 5
      const planes = planeSizes(format, width, height).map(({ rowBytes, rows }, p) => {
        const plane = { offset: end, stride: rowBytes + 3 }
        for (let y = 0; y < rows; y++) {
          bytes.set(image.planes[p]!.data.subarray(y * rowBytes, (y + 1) * rowBytes), plane.offset + y * plane.stride)
        }
        end += plane.stride * rows + 2
        return plane
      })
      const source = buffer(2048)
      device.queue.writeBuffer(source, 0, bytes)
      const pixels = { format, width, height, buffer: dom(source), planes, colorSpace: image.colorSpace }
      // Targets begin at whole words; what lies between their rows is the caller's.
      let next = 8
      const onto = planeSizes(format, width, height).map(({ rowBytes, rows }) => {
        const plane = { offset: next, stride: Math.ceil(rowBytes / 4) * 4 + 4 }
        next += plane.stride * rows + 4
        return plane
      })
      const target = buffer(2048)
      device.queue.writeBuffer(target, 0, new Uint8Array(2048).fill(0x5a))
      using written = engine.convert(pixels, {}, { ...pixels, buffer: dom(target), planes: onto })
      expect(bytesOf(await written.read()), format).toEqual(bytesOf(image))
      using whole = engine.convert({ format: 'GRAY', width: 2048, height: 1, buffer: dom(target) }, { format: 'GRAY' })
      const found = [...(await whole.read()).planes[0]!.data]
      const owned = new Set<number>()
      planeSizes(format, width, height).forEach(({ rowBytes, rows }, p) => {
        for (let y = 0; y < rows; y++)
          for (let x = 0; x < rowBytes; x++) owned.add(onto[p]!.offset + y * onto[p]!.stride + x)
      })
      expect(
        found.reduce((damage, byte, i) => damage + Number(!owned.has(i) && byte !== 0x5a), 0),
        format,
      ).toBe(0)
    }
  })

  it('packs into a part of a buffer of the caller, and unpacks from it', async () => {
    const image = noise('RGB', 5, 3)
    const tensor = { width: 5, height: 3, layout: 'NHWC', dtype: 'float16', channels: 'RGB' } as const
    const whole = buffer(1024)
    using packed = engine.pack(image, tensor, {}, { buffer: dom(whole), offset: 260 })
    expect(await packed.read()).toEqual(reference.pack(image, tensor).data)
    using picture = engine.unpack({ buffer: dom(whole), offset: 260 }, tensor, { format: 'RGB' })
    expect(bytesOf(await picture.read())).toEqual(bytesOf(image))
  })

  it('takes lent pictures as source and target, and gives their memory back', async () => {
    const image = noise('NV12', 9, 5)
    const before = engine.memory.lent
    using lent = engine.allocate('I420', 9, 5, image.colorSpace)
    using uploaded = engine.upload(image)
    engine.convert(uploaded, { format: 'I420' }, lent).dispose()
    expect(bytesOf(await lent.read())).toEqual(bytesOf(reference.convert(image, { format: 'I420' })))
    expect(engine.memory.lent).toBe(before + 2)
  })
})

describe('cover on the way back', () => {
  const [width, height] = [24, 10]
  const tensor = { width: 8, height: 8, layout: 'NCHW', dtype: 'float32', channels: 'RGB' } as const

  it('shows the source where the tensor does not reach', async () => {
    const image = noise('RGBA', width, height)
    using packed = engine.pack(image, tensor, { fit: 'cover' })
    const to = { format: 'RGBA', width, height, transform: packed.transform } as const
    using picture = engine.unpack(packed, tensor, { ...to, alpha: image, outside: image })
    const found = (await picture.read()).planes[0]!.data
    const model = reference.unpack(reference.pack(image, tensor, { fit: 'cover' }).data, tensor, {
      ...to,
      alpha: image,
    }).planes[0]!.data
    const { data } = image.planes[0]!
    for (let i = 0; i < found.length; i++) {
      const x = (i >> 2) % width
      // 10 x 10 in the middle of 24 x 10.
      const expected = x >= 7 && x < 17 ? model[i]! : data[i]!
      expect(Math.abs(found[i]! - expected), `byte ${i}`).toBeLessThanOrEqual(x >= 7 && x < 17 ? 1 : 0)
    }
  })

  it('scales the source with the result, of a region of it, in YUV too', async () => {
    const image = noise('I420', width + 8, height + 8)
    const region = { x: 6, y: 2, width, height }
    using packed = engine.pack(image, tensor, { fit: 'cover', crop: region })
    // Result pixel -> image pixel: half the size, from the region's corner.
    const transform = [
      packed.transform[0] * 2,
      0,
      (packed.transform[2] - 6) * 2,
      0,
      packed.transform[4] * 2,
      (packed.transform[5] - 2) * 2,
    ] as const
    const to = {
      format: 'NV12',
      width: width * 2,
      height: height * 2,
      transform,
      colorSpace: image.colorSpace,
    } as const
    using picture = engine.unpack(packed, tensor, { ...to, outside: image, region, kernel: 'bilinear' })
    const found = await picture.read()
    const rgb = { width: width * 2, height: height * 2, layout: 'NHWC', dtype: 'float32', channels: 'RGB' } as const
    const around = reference.pack(image, rgb, { crop: region, kernel: 'bilinear' })
    const expected = reference.unpack(around.data, rgb, { format: 'NV12', colorSpace: image.colorSpace })
    const row = 5
    for (const x of [0, 5, 12, 40, 47]) {
      const at = row * width * 2 + x
      expect(Math.abs(found.planes[0]!.data[at]! - expected.planes[0]!.data[at]!), `luma ${x}`).toBeLessThanOrEqual(1)
      const chroma = Math.floor(row / 2) * width * 2 + x
      expect(
        Math.abs(found.planes[1]!.data[chroma]! - expected.planes[1]!.data[chroma]!),
        `chroma ${x}`,
      ).toBeLessThanOrEqual(1)
    }
  })
})
