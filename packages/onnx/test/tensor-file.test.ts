import { fromBinary } from '@bufbuild/protobuf'
import { TensorProtoSchema } from 'onnx-buf'
import { expect, it } from 'vitest'
import { makeTensor, readTensor, tensorData, writeTensor } from '../src/index.js'

it('a lone tensor reads the same by another protobuf library, and by our own', () => {
  const bytes = writeTensor(makeTensor(Float32Array.of(1.5, -2, Number.NaN, 0), [2, 1, 2], 'float32', 'x:0'))
  const other = fromBinary(TensorProtoSchema, bytes)
  expect([other.name, other.dataType, other.dims]).toEqual(['x:0', 1, [2n, 1n, 2n]])
  expect(Buffer.from(other.rawData).toString('hex')).toBe('0000c03f000000c00000c07f00000000')
  const own = readTensor(bytes)
  expect([own.name, own.dims, [...tensorData(own)]]).toEqual(['x:0', [2, 1, 2], [1.5, -2, Number.NaN, 0]])
})

it('refuses bytes that are cut off', () => {
  const bytes = writeTensor(makeTensor(Float32Array.of(1, 2), [2], 'float32', 'x'))
  expect(() => readTensor(bytes.subarray(0, bytes.length - 3))).toThrow(
    expect.objectContaining({ code: 'MODEL_UNSUPPORTED' }),
  )
})
