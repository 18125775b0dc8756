import { type GpuDevice, GpuDevices } from '@i2i/core/backend'
import { afterEach, expect, it, vi } from 'vitest'
import { gpuWishes } from '../src/gpu-wishes.js'
import { ort as ortWeb } from '../src/web.js'

interface FakeDevice extends GpuDevice {
  readonly descriptor: object
  destroyed: number
  lose(message: string): void
}

function fakeDevice(descriptor: object = {}): FakeDevice {
  let lose = (_: { message: string }): void => undefined
  const lost = new Promise<{ message: string }>((resolve) => {
    lose = resolve
  })
  const device: FakeDevice = {
    lost,
    descriptor,
    destroyed: 0,
    lose: (message) => lose({ message }),
    destroy: () => {
      device.destroyed++
    },
    pushErrorScope: () => undefined,
    popErrorScope: async () => null,
    createBindGroupLayout: () => ({}),
    createBindGroup: () => ({}),
  }
  return device
}

/** A page whose adapter has one of the wanted features and limits, and makes fake devices. */
function page(): FakeDevice[] {
  const made: FakeDevice[] = []
  const adapter = {
    features: new Set(['shader-f16', 'depth-clip-control']),
    limits: { maxBufferSize: 4096, maxTextureDimension2D: 1 },
    requestDevice: async (descriptor: object) => {
      made.push(fakeDevice(descriptor))
      return made.at(-1)
    },
  }
  vi.stubGlobal('navigator', { gpu: { requestAdapter: async () => adapter } })
  return made
}

afterEach(() => vi.unstubAllGlobals())

it('makes one device for all sessions, with what ONNX Runtime wants of it, and frees it after the last', async () => {
  const made = page()
  const devices = new GpuDevices(undefined, gpuWishes)
  const [first, second] = await Promise.all([devices.acquire(), devices.acquire()])
  expect(made).toHaveLength(1)
  expect(first.device).toBe(second.device)
  expect(made[0]?.descriptor).toMatchObject({
    requiredFeatures: ['shader-f16'],
    requiredLimits: { maxBufferSize: 4096 },
  })
  first.release()
  first.release()
  expect(made[0]?.destroyed).toBe(0)
  second.release()
  expect(made[0]?.destroyed).toBe(1)
  expect((await devices.acquire()).device).not.toBe(first.device)
})

it('replaces a device that is lost, also under a session that is still open', async () => {
  const made = page()
  const devices = new GpuDevices(undefined, gpuWishes)
  const old = await devices.acquire()
  made[0]?.lose('the cable was pulled')
  await made[0]?.lost
  await vi.waitFor(() => expect(old.lost).toBe('the cable was pulled'))
  const lease = await devices.acquire()
  expect(lease.device).toBe(made[1])
  expect(lease.lost).toBeUndefined()
  old.release()
  expect(made[1]?.destroyed).toBe(0)
  expect((await devices.acquire()).device).toBe(made[1])
})

it("leaves the caller's device to the caller, and says when it is lost", async () => {
  const made = page()
  const given = fakeDevice()
  const devices = new GpuDevices(given, gpuWishes)
  const lease = await devices.acquire()
  expect(lease.device).toBe(given)
  lease.release()
  expect(given.destroyed).toBe(0)
  given.lose('')
  await vi.waitFor(() => expect(lease.lost).toBe('no reason was given'))
  await expect(devices.acquire()).rejects.toMatchObject({ code: 'DEVICE_LOST' })
  await expect(devices.probe()).rejects.toMatchObject({ code: 'DEVICE_LOST' })
  expect(made).toHaveLength(0)
})

it('asks for no adapter where another device is named', async () => {
  const requestAdapter = vi.fn(async () => null)
  vi.stubGlobal('navigator', { gpu: { requestAdapter } })
  const listed = await ortWeb().devices('wasm')
  expect(listed.filter(({ available }) => available)).toEqual([{ device: 'wasm', available: true }])
  expect(requestAdapter).not.toHaveBeenCalled()
})

it('says what is missing, and tries again later', async () => {
  vi.stubGlobal('navigator', {})
  const devices = new GpuDevices(undefined, gpuWishes)
  await expect(devices.probe()).rejects.toThrow(/no navigator.gpu/)
  vi.stubGlobal('navigator', { gpu: { requestAdapter: async () => null } })
  await expect(devices.probe()).rejects.toThrow(/no adapter/)
  await expect(devices.acquire()).rejects.toThrow(/no adapter/)
  const listed = await ortWeb().devices()
  expect(listed.find(({ device }) => device === 'webgpu')).toMatchObject({
    available: false,
    reason: expect.stringMatching(/no adapter/),
  })
  page()
  await devices.acquire()
})
