import { openColorEngine, planeSizes, type RawImage, type TensorData } from '@i2i/color'
import { type GpuColorEngine, openGpuColorEngine } from '@i2i/color/webgpu'
import type { GpuDevice } from '../src/backend/gpu.js'
import type { TestedEngine } from '../src/engine/bounds.js'

// GPUBufferUsage.STORAGE | COPY_SRC | COPY_DST
const usage = 0x80 | 4 | 8

const arrays = { float32: Float32Array, float16: Uint16Array, uint8: Uint8Array } as const

/** A buffer of the array's bytes, which the queue takes in whole words. */
function uploaded(
  device: GpuDevice,
  data: TensorData,
): { readonly buffer: ReturnType<GpuDevice['createBuffer']>; destroy(): void } {
  const bytes = new Uint8Array(Math.ceil(data.byteLength / 4) * 4)
  bytes.set(new Uint8Array(data.buffer, data.byteOffset, data.byteLength))
  const buffer = device.createBuffer({ size: bytes.byteLength, usage })
  device.queue.writeBuffer(buffer, 0, bytes)
  // Without DOM types a GPUBuffer is never.
  const destroyable: { destroy(): void } = buffer
  return { buffer, destroy: () => destroyable.destroy() }
}

/** Pixels alone: what lies beside them is another's. */
function copyPixels(from: RawImage, to: RawImage): RawImage {
  planeSizes(to.format, to.width, to.height).forEach(({ rowBytes, rows }, p) => {
    const [source, target] = [from.planes[p]!, to.planes[p]!]
    for (let y = 0; y < rows; y++) {
      const row = source.data.subarray(y * source.stride, y * source.stride + rowBytes)
      target.data.set(row, y * target.stride)
    }
  })
  return to
}

/** The GPU engine in the shape that the suite tests: arrays are uploaded before each call, and results read back after it. */
export async function openUploadingEngine(device: GpuDevice): Promise<TestedEngine> {
  // Without DOM types the device's class is never.
  const gpu: GpuColorEngine = await openGpuColorEngine(device as never)
  const frames = await openColorEngine({ engine: 'reference' })

  async function drawn(
    into: RawImage | undefined,
    draw: (target: ReturnType<GpuColorEngine['allocate']> | undefined) => ReturnType<GpuColorEngine['convert']>,
  ): Promise<RawImage> {
    using target = into && gpu.allocate(into.format, into.width, into.height, into.colorSpace)
    using picture = draw(target)
    const image = await picture.read()
    return into ? copyPixels(image, into) : image
  }

  return {
    allocate: (...args) => frames.allocate(...args),
    convert: async (image, to, into) => await drawn(into, (target) => gpu.convert(image, to, target)),
    async pack(image, tensor, options, into) {
      const given = into && uploaded(device, into)
      try {
        using packed = gpu.pack(image, tensor, options, given)
        const read = await packed.read()
        const { dims, dtype, transform } = packed
        if (into) (into as Uint8Array).set(read as Uint8Array)
        const data = (into ?? read) as InstanceType<(typeof arrays)[typeof dtype]>
        return { location: 'cpu', data, dims, dtype, transform, [Symbol.dispose]: () => {} }
      } finally {
        given?.destroy()
      }
    },
    async unpack(data, tensor, to, into) {
      const numbers = uploaded(device, data)
      try {
        return await drawn(into, (target) => gpu.unpack(numbers, tensor, to, target))
      } finally {
        numbers.destroy()
      }
    },
    [Symbol.dispose]() {
      gpu.dispose()
      frames[Symbol.dispose]()
    },
  }
}
