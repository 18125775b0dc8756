import { I2iError } from '../error.js'
import { type Acceptance, lostError } from './acceptance.js'
import { bufferUsage, type GpuBuffer, type GpuDevice, type GpuEncoder, mapRead } from './gpu.js'
import type { Pool } from './pool.js'

/** What reading back takes. */
export interface Reading {
  readonly device: GpuDevice
  readonly pool: Pool
  readonly acceptance: Acceptance
}

/** A copy of `bytes` of a buffer from `offset` (whole words) on, once what was submitted is done. @throws DEVICE_LOST, OUT_OF_MEMORY, OPTION_INVALID */
export async function readBuffer(
  reading: Reading,
  buffer: GpuBuffer,
  offset: number,
  bytes: number,
): Promise<ArrayBuffer> {
  if ((buffer.usage & bufferUsage.copySrc) === 0) {
    throw new I2iError(
      'OPTION_INVALID',
      `The buffer's usage is ${buffer.usage}; create it with GPUBufferUsage.COPY_SRC to read it.`,
      {
        details: { usage: buffer.usage },
      },
    )
  }
  const size = Math.ceil(bytes / 4) * 4
  const copy = await readRecorded(reading, size, (encoder, staging) =>
    encoder.copyBufferToBuffer(buffer, offset, staging, 0, size),
  )
  return copy.slice(0, bytes)
}

/** What `record` copies into the buffer of `bytes` that it is given. @throws DEVICE_LOST, OUT_OF_MEMORY */
export async function readRecorded(
  { device, pool, acceptance }: Reading,
  bytes: number,
  record: (encoder: GpuEncoder, staging: GpuBuffer) => void,
): Promise<ArrayBuffer> {
  acceptance.alive()
  const { value: staging, verdict } = acceptance.call('a copy to memory', () => {
    const lease = pool.buffer('read', bytes)
    const encoder = device.createCommandEncoder()
    record(encoder, lease.resource)
    device.queue.submit([encoder.finish()])
    return lease
  })
  try {
    await verdict.accepted()
    await mapped(device, staging.resource)
    const copy = staging.resource.getMappedRange().slice(0, bytes)
    staging.resource.unmap()
    return copy
  } finally {
    staging.release()
  }
}

async function mapped(device: GpuDevice, buffer: GpuBuffer): Promise<void> {
  try {
    await buffer.mapAsync(mapRead)
  } catch (cause) {
    // A device that goes fails the map first and says that it is lost after.
    const lost = await Promise.race([
      device.lost,
      new Promise<undefined>((resolve) => setTimeout(() => resolve(undefined), 100)),
    ])
    if (lost) throw lostError(lost.message)
    throw new I2iError('DISPOSED', 'The engine was disposed while it read; read before dispose().', { cause })
  }
}
