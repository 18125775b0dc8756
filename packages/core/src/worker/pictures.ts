import { planeSizes, type RawImage } from '@i2i/color'
import type { Tensor } from '../ports.js'
import type { Parcel } from './wire.js'

/**
 * A picture as it is sent: its planes copied into one buffer of their own that moves, since cloning a view would clone all that lies
 * behind it; or, handed over, its own buffers.
 */
export function sentImage(image: RawImage, handOver: boolean): Parcel<RawImage> {
  const planes = handOver ? image.planes : copied(image)
  return { value: { ...image, planes }, moved: buffersOf(planes.map(({ data }) => data)) }
}

function copied({ format, width, height, planes }: RawImage): RawImage['planes'] {
  const sizes = planeSizes(format, width, height)
  // A plane may be a view of far more than its rows.
  const parts = planes.map(({ data, stride }, index) => {
    const { rowBytes, rows } = sizes[index] ?? { rowBytes: 0, rows: 1 }
    return { data: data.subarray(0, stride * (rows - 1) + rowBytes), stride }
  })
  const all = new Uint8Array(parts.reduce((sum, { data }) => sum + data.length, 0))
  let at = 0
  return parts.map(({ data, stride }) => {
    all.set(data, at)
    at += data.length
    return { data: all.subarray(at - data.length, at), stride }
  })
}

/** The buffers behind some arrays, each once; shared memory moves nowhere. */
export function buffersOf(arrays: readonly ArrayBufferView[]): ArrayBuffer[] {
  const buffers = new Set(arrays.map(({ buffer }) => buffer))
  return [...buffers].filter((buffer): buffer is ArrayBuffer => buffer instanceof ArrayBuffer)
}

/** A result's pixels, to be moved as they are: nobody else holds them. */
export function movedImage(image: RawImage): Parcel<RawImage> {
  return { value: image, moved: buffersOf(image.planes.map(({ data }) => data)) }
}

/** A tensor to be moved: read back from the GPU, or copied out of the runtime's memory. */
export async function movedTensor(tensor: Tensor): Promise<Parcel<Tensor>> {
  const { dtype, dims } = tensor
  const data = tensor.location === 'cpu' ? tensor.data.slice() : await tensor.read()
  if (tensor.location === 'gpu') tensor.dispose()
  return { value: { dtype, dims: [...dims], location: 'cpu', data }, moved: buffersOf([data]) }
}
