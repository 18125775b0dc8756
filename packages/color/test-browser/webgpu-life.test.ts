import { createImage, type I2iErrorCode } from '@i2i/color'
import { expect, it } from 'vitest'
import type { GpuBuffer, GpuDevice } from '../src/webgpu/gpu.js'
import { type GpuColorEngine, openGpuColorEngine } from '../src/webgpu/index.js'
import { dom, requestAdapter, requestDevice } from './gpu.js'

const code = (expected: I2iErrorCode) => expect.objectContaining({ code: expected })
const tensor = { width: 4, height: 4, layout: 'NCHW', dtype: 'float32', channels: 'RGB' } as const
const image = createImage('I420', 8, 8)
const storage = 0x80 | 4 | 8

async function open(descriptor?: object): Promise<{ device: GpuDevice; engine: GpuColorEngine }> {
  const device = await requestDevice(descriptor)
  return { device, engine: await openGpuColorEngine(dom(device)) }
}

it('a lost device is DEVICE_LOST: in flight, in later calls, and when it is opened', async () => {
  const { device, engine } = await open()
  const packed = engine.pack(image, tensor)
  await packed.read()
  const reading = packed.read()
  device.destroy()
  await expect(reading).rejects.toEqual(code('DEVICE_LOST'))
  await device.lost
  expect(() => engine.pack(image, tensor)).toThrow(code('DEVICE_LOST'))
  await expect(packed.read()).rejects.toEqual(code('DEVICE_LOST'))
  await expect(engine.settled()).rejects.toEqual(code('DEVICE_LOST'))
  await expect(openGpuColorEngine(dom(device))).rejects.toEqual(code('DEVICE_LOST'))
  packed.dispose()
  engine.dispose()
  expect(engine.memory.bytes).toBe(0)
})

it('what has no room is OUT_OF_MEMORY, and the next call is fine', async () => {
  const device = await requestDevice()
  // No buffer within the limits is too large for this machine: beside each large one a texture of 16 GiB is asked for.
  let full = true
  const scarce = new Proxy(device, {
    get(target, key) {
      if (key === 'createBuffer') {
        return (descriptor: { size: number; usage: number }): GpuBuffer => {
          if (full && descriptor.size > 1e6) {
            target.createTexture({ size: [8192, 8192, 16], format: 'rgba32float', usage: 4 })
          }
          return target.createBuffer(descriptor)
        }
      }
      const value: unknown = Reflect.get(target, key, target)
      return typeof value === 'function' ? value.bind(target) : value
    },
  })
  const engine = await openGpuColorEngine(dom(scarce))
  const large = { ...tensor, width: 512, height: 512 }
  const packed = engine.pack(image, large)
  await expect(packed.read()).rejects.toEqual(code('OUT_OF_MEMORY'))
  packed.dispose()
  const again = engine.pack(image, large)
  await expect(engine.settled()).rejects.toEqual(code('OUT_OF_MEMORY'))
  again.dispose()
  full = false
  using fine = engine.pack(image, large)
  expect((await fine.read()).length).toBe(512 * 512 * 3)
  await engine.settled()
  engine.dispose()
})

it('the limits of the device and of the engine are OUT_OF_MEMORY at once, naming what to do', async () => {
  const device = await requestDevice()
  const engine = await openGpuColorEngine(dom(device), { maximumBytes: 100_000 })
  expect(() => engine.pack(image, { ...tensor, width: 4096, height: 4096 })).toThrow(code('OUT_OF_MEMORY'))
  expect(() => engine.pack(image, { ...tensor, width: 100, height: 100 })).toThrow(code('OUT_OF_MEMORY'))
  const held = engine.memory.bytes
  const first = engine.pack(image, { ...tensor, width: 80, height: 80 })
  expect(() => engine.pack(image, { ...tensor, width: 80, height: 80 })).toThrow(code('OUT_OF_MEMORY'))
  first.dispose()
  engine.pack(image, { ...tensor, width: 80, height: 81 }).dispose()
  expect(engine.memory.lent).toBe(0)
  expect(engine.memory.bytes).toBeGreaterThan(held)
  await engine.settled()
  engine.dispose()
})

it('a buffer of another device is OPTION_INVALID once the device has looked at it', async () => {
  const [here, there] = [await open(), await open()]
  using elsewhere = there.engine.pack(image, tensor)
  using picture = here.engine.unpack(elsewhere, tensor, { format: 'RGB' })
  await expect(here.engine.settled()).rejects.toEqual(code('OPTION_INVALID'))
  using own = here.engine.pack(image, tensor)
  await own.read()
  await here.engine.settled()
  picture.dispose()
  here.engine.dispose()
  there.engine.dispose()
})

it('buffers and textures that cannot serve are refused at once', async () => {
  const { device, engine } = await open()
  const buffer = (size: number, usage = storage): never => dom(device.createBuffer({ size, usage }))
  const texture = (format: string, usage: number): never => dom(device.createTexture({ size: [8, 8], format, usage }))
  const refusals: [I2iErrorCode, () => unknown][] = [
    ['OPTION_INVALID', () => engine.pack(image, tensor, {}, { buffer: buffer(192, 4 | 8) })],
    ['SHAPE_MISMATCH', () => engine.pack(image, tensor, {}, { buffer: buffer(188) })],
    ['OPTION_INVALID', () => engine.pack(image, tensor, {}, { buffer: buffer(256), offset: 2 })],
    ['SHAPE_MISMATCH', () => engine.unpack({ buffer: buffer(16) }, tensor, { format: 'RGB' })],
    ['OPTION_INVALID', () => engine.unpack(dom({}), tensor, { format: 'RGB' })],
    ['IMAGE_INVALID', () => engine.pack({ format: 'RGBA', width: 8, height: 8, buffer: buffer(252) }, tensor)],
    [
      'IMAGE_INVALID',
      () =>
        engine.pack(
          { format: 'RGBA', width: 8, height: 8, buffer: buffer(512), planes: [{ offset: 0, stride: 31 }] },
          tensor,
        ),
    ],
    [
      'OPTION_INVALID',
      () =>
        engine.convert(
          image,
          {},
          { format: 'GRAY', width: 8, height: 8, buffer: buffer(72), planes: [{ offset: 0, stride: 9 }] },
        ),
    ],
    ['OPTION_INVALID', () => engine.pack(texture('rgba8unorm-srgb', 4), tensor)],
    ['OPTION_INVALID', () => engine.pack(texture('rgba8unorm', 2), tensor)],
    ['OPTION_INVALID', () => engine.convert(image, {}, texture('rgba8unorm', 4))],
    ['OPTION_INVALID', () => engine.convert(image, {})],
    ['SHAPE_MISMATCH', () => engine.convert(createImage('RGB', 7, 8), {}, texture('rgba8unorm', 0x10))],
    ['IMAGE_INVALID', () => engine.pack(dom({}), tensor)],
    ['IMAGE_INVALID', () => engine.pack(dom(7 as never), tensor)],
    ['OPTION_INVALID', () => engine.configure(dom({}))],
  ]
  for (const [expected, act] of refusals) expect(act, String(act)).toThrow(code(expected))
  const numbers = { buffer: buffer(192) }
  const flat = [1, 1, 0, 1, 1, 0] as const
  expect(() => engine.unpack(numbers, tensor, { format: 'RGB', transform: flat })).toThrow(code('OPTION_INVALID'))
  expect(() => engine.unpack(numbers, tensor, { format: 'RGBA', outside: dom({}) })).toThrow(code('IMAGE_INVALID'))
  const shared = buffer(1024)
  const inPlace = () =>
    engine.convert(
      { format: 'RGBA', width: 8, height: 8, buffer: shared },
      {},
      { format: 'BGRA', width: 8, height: 8, buffer: shared },
    )
  expect(inPlace).toThrow(code('IMAGE_INVALID'))
  expect(engine.memory.lent).toBe(0)
  await engine.settled()
  engine.dispose()
})

it('results and pictures are refused once disposed, everything once the engine is', async () => {
  const { engine } = await open()
  const picture = engine.upload(image)
  const packed = engine.pack(picture, tensor)
  const kept = engine.pack(picture, tensor)
  picture.dispose()
  picture.dispose()
  expect(() => engine.pack(picture, tensor)).toThrow(code('DISPOSED'))
  await expect(picture.read()).rejects.toEqual(code('DISPOSED'))
  packed.dispose()
  await expect(packed.read()).rejects.toEqual(code('DISPOSED'))
  await kept.read()
  engine.dispose()
  await expect(kept.read()).rejects.toEqual(code('DISPOSED'))
  for (const call of [
    () => engine.pack(image, tensor),
    () => engine.upload(image),
    () => engine.allocate('RGB', 1, 1),
    () => engine.timer(),
  ]) {
    expect(call).toThrow(code('DISPOSED'))
  }
  expect(engine.memory).toEqual({ bytes: 0, lentBytes: 0, resources: 0, lent: 0 })
})

it('times each pass by timestamp queries where the device has them, and none where not', async () => {
  const adapter = await requestAdapter()
  expect(adapter.features.has('timestamp-query')).toBe(true)
  for (const features of [['timestamp-query'], []]) {
    const { engine } = await open({ requiredFeatures: features })
    using timer = engine.timer()
    expect(timer.available).toBe(features.length > 0)
    using packed = engine.pack(image, tensor, { time: { timer, name: 'pack' } })
    using picture = engine.unpack(packed, tensor, { format: 'RGBA', time: { timer, name: 'unpack' } })
    const times = await timer.read()
    expect(Object.keys(times)).toEqual(features.length > 0 ? ['pack', 'unpack'] : [])
    for (const time of Object.values(times)) expect(time).toBeGreaterThanOrEqual(0)
    expect(await timer.read()).toEqual({})
    picture.dispose()
    await engine.settled()
    engine.dispose()
  }
})

it('a sound device is needed to open', async () => {
  await expect(openGpuColorEngine(dom({}))).rejects.toEqual(code('OPTION_INVALID'))
  await expect(openGpuColorEngine(undefined as never)).rejects.toEqual(code('OPTION_INVALID'))
})
