import type { Session, Tensor } from '@i2i/core'
import { expect } from 'vitest'
import { expectError } from './expect-error.js'
import { convModel, convOracle } from './graph.js'
import { identityIo, onnxBytes } from './models.js'
import type { Subject } from './subject.js'
import { float32, maxError, noise, numbers } from './tensors.js'

/** What these checks use of a GPUDevice; the suite compiles without DOM types. */
export interface GpuDevice {
  readonly lost: Promise<unknown>
  readonly queue: { writeBuffer(buffer: GpuBuffer, offset: number, data: ArrayBufferView): void }
  createBuffer(descriptor: { size: number; usage: number }): GpuBuffer
  destroy(): void
}
type GpuBuffer = Extract<Tensor, { location: 'gpu' }>['buffer']
type GpuTensor = Extract<Tensor, { location: 'gpu' }>

/** A backend on a device of the caller's, and the device. */
interface SharedGpu extends Subject {
  readonly gpuDevice: GpuDevice
}

/** A named check that is given a backend on a device of its own. */
type GpuChecks<Name extends string> = Readonly<Record<Name, (shared: SharedGpu) => Promise<void>>>

// GPUBufferUsage.STORAGE | COPY_SRC | COPY_DST
const storage = 0x80 | 4 | 8

const frame = (seed: number) => float32([1, 3, 4, 6], noise(72, seed))

/** A tensor on the GPU; `spare` is how many bytes its buffer has to spare. */
function upload(device: GpuDevice, { dims, data }: ReturnType<typeof frame>, spare = 0, usage = storage): GpuTensor {
  const buffer = device.createBuffer({ size: data.byteLength + spare, usage })
  if (spare >= 0) device.queue.writeBuffer(buffer, 0, data)
  const unread = () => Promise.reject(new Error('a feed is not read back'))
  return { location: 'gpu', dtype: 'float32', dims, buffer, read: unread, dispose: () => undefined }
}

async function readGpu(tensor: Tensor | undefined): Promise<Float64Array> {
  if (tensor?.location !== 'gpu') throw new Error(`expected a tensor on the GPU, got ${tensor?.location ?? 'none'}`)
  return Float64Array.from(await tensor.read(), Number)
}

const openConv = ({ backend, device }: Subject): Promise<Session> =>
  backend.openSession(onnxBytes(convModel()), { device })

/** What holds where sessions share the caller's GPUDevice. */
export const gpuChecks: GpuChecks<
  | 'gpu: the session runs on the device that was passed in'
  | 'gpu: tensors go in and out without leaving the GPU'
  | 'gpu: a buffer may be larger than its tensor, not smaller, and must be for storage'
  | 'gpu: a buffer of another device is an error, not zeros'
  | 'gpu: outputs are freed by dispose, and with their session'
  | 'gpu: a device that is lost is DEVICE_LOST, in flight and later'
  | 'gpu: disposing sessions leaves the device alive'
> = {
  async 'gpu: the session runs on the device that was passed in'(shared) {
    await using session = await openConv(shared)
    expect(session.gpuDevice).toBe(shared.gpuDevice)
  },

  async 'gpu: tensors go in and out without leaving the GPU'(shared) {
    await using session = await openConv(shared)
    for (const seed of [1, 2]) {
      const x = frame(seed)
      const expected = convOracle(x)
      const { y, features } = await session.run({ x: upload(shared.gpuDevice, x) }, { location: 'gpu' })
      expect(y?.dims).toEqual([1, 5, 8, 12])
      expect(maxError(await readGpu(y), expected.y.data)).toBeLessThanOrEqual(shared.tolerance)
      expect(maxError(await readGpu(features), expected.features.data)).toBeLessThanOrEqual(shared.tolerance)
      const inMemory = await session.run({ x: upload(shared.gpuDevice, x) })
      expect(maxError(numbers(inMemory['y']), expected.y.data)).toBeLessThanOrEqual(shared.tolerance)
    }
    // An output is another session's input as it is.
    await using identity = await shared.backend.openIdentity(identityIo, { device: shared.device })
    const x = frame(3)
    const { y: first } = await identity.run({ x }, { location: 'gpu' })
    if (!first) throw new Error('no output')
    expect(await identity.run({ x: first })).toMatchObject({ y: { dims: x.dims, data: x.data } })
  },

  async 'gpu: a buffer may be larger than its tensor, not smaller, and must be for storage'(shared) {
    await using session = await shared.backend.openIdentity(identityIo, { device: shared.device })
    const x = frame(1)
    expect(await session.run({ x: upload(shared.gpuDevice, x, 4096) })).toMatchObject({ y: { data: x.data } })
    const small = upload(shared.gpuDevice, x, -32)
    await expectError(session.run({ x: small }), 'SHAPE_MISMATCH', /288 bytes.*256/)
    const copyOnly = upload(shared.gpuDevice, x, 0, 4 | 8)
    await expectError(session.run({ x: copyOnly }), 'OPTION_INVALID', /STORAGE/)
  },

  async 'gpu: a buffer of another device is an error, not zeros'(shared) {
    await using session = await openConv(shared)
    const other = await requestDevice()
    await expectError(session.run({ x: upload(other, frame(1)) }), 'OPTION_INVALID', /'x'.*gpuDevice/s)
    other.destroy()
    const x = frame(2)
    expect(maxError(numbers((await session.run({ x }))['y']), convOracle(x).y.data)).toBeLessThanOrEqual(
      shared.tolerance,
    )
  },

  async 'gpu: outputs are freed by dispose, and with their session'(shared) {
    const session = await shared.backend.openIdentity(identityIo, { device: shared.device })
    const { y } = await session.run({ x: frame(1) }, { location: 'gpu' })
    const { y: kept } = await session.run({ x: frame(2) }, { location: 'gpu' })
    if (y?.location !== 'gpu' || kept?.location !== 'gpu') throw new Error('expected tensors on the GPU')
    expect(Array.from(await kept.read(), Number)).toEqual(Array.from(frame(2).data))
    y.dispose()
    y.dispose()
    await expectError(y.read(), 'DISPOSED', /disposed/)
    await session.dispose()
    await expectError(kept.read(), 'DISPOSED', /disposed/)
  },

  async 'gpu: a device that is lost is DEVICE_LOST, in flight and later'(shared) {
    const session = await openConv(shared)
    const { y } = await session.run({ x: frame(1) }, { location: 'gpu' })
    const run = session.run({ x: frame(1) })
    const onGpu = session.run({ x: frame(1) }, { location: 'gpu' })
    shared.gpuDevice.destroy()
    await expectError(run, 'DEVICE_LOST', /lost/)
    await expectError(onGpu, 'DEVICE_LOST', /lost/)
    await shared.gpuDevice.lost
    await expectError(session.run({ x: frame(1) }), 'DEVICE_LOST', /destroyed/)
    if (y?.location === 'gpu') await expectError(y.read(), 'DEVICE_LOST', /lost/)
    await expectError(openConv(shared), 'DEVICE_LOST', /destroyed/)
    await session.dispose()
  },

  async 'gpu: disposing sessions leaves the device alive'(shared) {
    const first = await openConv(shared)
    const second = await openConv(shared)
    await first.dispose()
    const x = frame(1)
    expect((await second.run({ x }))['y']?.dims).toEqual([1, 5, 8, 12])
    await second.dispose()
    const again = await openConv(shared)
    expect((await again.run({ x: upload(shared.gpuDevice, x) }))['y']?.dims).toEqual([1, 5, 8, 12])
    await again.dispose()
  },
}

/** A new GPUDevice of this page. */
export async function requestDevice(): Promise<GpuDevice> {
  interface Adapter {
    requestDevice(): Promise<GpuDevice>
  }
  const { navigator } = globalThis as { navigator?: { gpu?: { requestAdapter(): Promise<Adapter | null> } } }
  const adapter = await navigator?.gpu?.requestAdapter()
  if (!adapter) throw new Error('this page has no GPU adapter; run it as vitest.config.ts does')
  return await adapter.requestDevice()
}
