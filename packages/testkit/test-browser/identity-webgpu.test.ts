import { ort } from '@i2i/backend-ort'
import { tfjs } from '@i2i/backend-tfjs'
import { type GpuColorEngine, openGpuColorEngine } from '@i2i/color/webgpu'
import type { Backend } from '@i2i/core'
import { describe, expect, it } from 'vitest'
import { requestDevice } from '../src/backend/gpu.js'
import { identityIo } from '../src/backend/models.js'
import { formats, guardedPicture, isYuv, tightPixels } from '../src/engine/pictures.js'

// Without DOM types a GPUDevice is named by what the suite uses of it.
const backends: readonly [name: string, open: (gpuDevice: unknown) => Backend][] = [
  ['onnxruntime-web', (gpuDevice) => ort({ gpuDevice } as object)],
  ['TensorFlow.js', (gpuDevice) => tfjs({ gpuDevice } as object)],
]

describe.each(backends)('identity on one GPUDevice with %s', (_, open) => {
  it('every format goes through pack, session and unpack without a read-back, and comes out exact', async () => {
    const gpuDevice = await requestDevice()
    await using session = await open(gpuDevice).openIdentity(identityIo, { device: 'webgpu' })
    const engine: GpuColorEngine = await openGpuColorEngine(gpuDevice as never)
    const [width, height] = [12, 8]
    const tensor = { width, height, layout: 'NCHW', dtype: 'float32', channels: 'RGB' } as const
    for (const format of formats) {
      // Of random YUV few blocks are colours in every pixel; grey ones are.
      const grey = guardedPicture({ format: 'GRAY', width, height, seed: 3 }).image
      const image = isYuv(format) ? grey : guardedPicture({ format, width, height, seed: 3 }).image
      using source = engine.convert(image, { format })
      const { colorSpace } = source
      using packed = engine.pack(source, tensor)
      const { y } = await session.run({ x: packed }, { location: 'gpu' })
      if (y?.location !== 'gpu') throw new Error('the output is not on the GPU')
      using picture = engine.unpack(y, tensor, { format, colorSpace, alpha: source })
      expect(tightPixels(await picture.read()), format).toEqual(tightPixels(await source.read()))
      y.dispose()
    }
    await engine.settled()
    expect(engine.memory.lent).toBe(0)
    engine.dispose()
  })
})
