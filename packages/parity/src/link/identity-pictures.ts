import { float16FromNumber, type IoSpec, type PixelBinding, type Tensor, type TensorData } from '@i2i/core'
import { channelMap } from '@i2i/onnx'
import { tensorNumbers } from '../tensors/numbers.js'
import { elementIndex } from './element-index.js'

/** The pictures that an identity model gives for these feeds, by plain arithmetic: a runtime's own faults are not in them. */
export function identityPictures(io: IoSpec, feeds: Readonly<Record<string, Tensor>>): Record<string, Tensor> {
  const source = io.inputs.find(({ binding }) => binding)
  const fed = source && feeds[source.name]
  if (!source?.binding || !fed) return {}
  const pictures: Record<string, Tensor> = {}
  for (const { name, role, binding = source.binding, scale = 1 } of io.outputs) {
    if (role === 'image') pictures[name] = follow(fed, source.binding, binding, scale)
  }
  return pictures
}

function follow(fed: Tensor, from: PixelBinding, to: PixelBinding, scale: number): Tensor {
  const { matrix, offset } = channelMap(from, to)
  const [height = 0, width = 0] = from.layout === 'NCHW' ? fed.dims.slice(2) : fed.dims.slice(1)
  const [tall, wide] = [height * scale, width * scale]
  const values = tensorNumbers(fed)
  const read = elementIndex(from.layout, matrix[0]?.length ?? 0, height * width)
  const write = elementIndex(to.layout, matrix.length, tall * wide)
  const data = dataOf(to.dtype, matrix.length * tall * wide)
  const encode = encoders[to.dtype]
  for (let y = 0; y < tall; y++) {
    for (let x = 0; x < wide; x++) {
      const pixel = Math.floor(y / scale) * width + Math.floor(x / scale)
      matrix.forEach((row, channel) => {
        let sum = offset[channel]!
        for (let k = 0; k < row.length; k++) sum += row[k]! * values[read(pixel, k)]!
        data[write(y * wide + x, channel)] = encode(sum)
      })
    }
  }
  const dims = to.layout === 'NCHW' ? [1, matrix.length, tall, wide] : [1, tall, wide, matrix.length]
  return { dtype: to.dtype, dims, location: 'cpu', data }
}

const encoders = {
  float32: (value: number) => value,
  float16: float16FromNumber,
  // As the packer rounds.
  uint8: (value: number) => Math.max(0, Math.min(255, Math.floor(value + 0.5))),
} as const

function dataOf(dtype: PixelBinding['dtype'], length: number): Exclude<TensorData, BigInt64Array> {
  if (dtype === 'float32') return new Float32Array(length)
  return dtype === 'float16' ? new Uint16Array(length) : new Uint8Array(length)
}
