import { type Device, type ModelBytes, rawImage } from '@i2i/core'
import { readImage } from '@i2i/core/node'
import { InferenceSession, Tensor } from 'onnxruntime-node'
import { expect, test } from 'vitest'
import { tfjs } from '../src/index.js'
import { repositoryFile } from './models.js'

const bytes = repositoryFile('models/toon/toon.onnx')
const model: ModelBytes = { format: 'onnx', entry: 'toon.onnx', files: new Map([['toon.onnx', bytes]]) }

/** A part of the photograph around the face, as the model takes it: NCHW, RGB from -1 to 1. */
async function photo(width: number, height: number): Promise<Float32Array> {
  const source = await readImage(new URL('../../../examples/node-photo/astronaut.png', import.meta.url).pathname)
  const { data, stride } = rawImage(source).planes[0]!
  const channels = source.format === 'RGBA' ? 4 : 3
  return Float32Array.from({ length: 3 * width * height }, (_, i) => {
    const [c, y, x] = [Math.floor(i / (width * height)), Math.floor(i / width) % height, i % width]
    return data[(y + 60) * stride + (x + 170) * channels + c]! / 127.5 - 1
  })
}

test.each<[Device, number, number]>([
  ['wasm', 272, 208],
  ['cpu', 48, 32],
])('toon.onnx on %s, %i x %i, is what onnxruntime-node makes of it to 1e-5 of range', async (device, width, height) => {
  const data = await photo(width, height)
  const dims = [1, 3, height, width]
  const reference = await InferenceSession.create(bytes, { intraOpNumThreads: 1 })
  const expected = await reference.run({ input: new Tensor('float32', data, dims) })
  await reference.release()
  await using session = await tfjs().openSession(model, { device })
  const actual = await session.run({ input: { location: 'cpu', dtype: 'float32', dims, data } })
  for (const name of ['image', 'mask']) {
    const [want, got] = [expected[name]!, actual[name]!]
    if (got.location !== 'cpu') throw new Error('expected a tensor in memory')
    expect(got.dims).toEqual(want.dims)
    const numbers = want.data as Float32Array
    let [low, high, worst, squares] = [Infinity, -Infinity, 0, 0]
    for (const [i, number] of numbers.entries()) {
      low = Math.min(low, number)
      high = Math.max(high, number)
      const error = Math.abs(number - Number(got.data[i]))
      worst = Math.max(worst, error)
      squares += error ** 2
    }
    const psnr = 10 * Math.log10((high - low) ** 2 / (squares / numbers.length))
    console.log(
      `tfjs ${device}, ${name}: range ${(high - low).toFixed(2)}, max abs ${worst.toExponential(1)}, PSNR ${psnr.toFixed(0)} dB`,
    )
    expect(worst / (high - low)).toBeLessThanOrEqual(1e-5)
  }
})
