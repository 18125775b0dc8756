import { ort } from '@i2i/backend-ort'
import { tfjs } from '@i2i/backend-tfjs'
import { describe, expect, test } from 'vitest'
import type { ModelManifest } from '../src/manifest.js'
import type { Backend } from '../src/ports.js'
import type { ImageSource } from '../src/types.js'
import { bytesOf, farthest, frameBytes, open, picture } from './gpu.js'
import { image, input, reasons } from './gpu-links.js'
import { countFrames } from './pictures.js'

describe('what cannot stay on the GPU goes through memory, and decisions say why:', () => {
  const two = { ...image, tensor: 'z', name: 'second' }
  const luma = { ...input, channels: 'Y', size: { multipleOf: 4 } } as const
  // lib.dom has no rotation yet.
  const turnedInit = { format: 'RGBA', codedWidth: 8, codedHeight: 4, timestamp: 0, rotation: 180 } as const
  const turned = (): VideoFrame => new VideoFrame(bytesOf(picture(8, 4)), turnedInit)
  const refused: [
    name: string,
    change: Partial<ModelManifest>,
    options: object,
    source: () => ImageSource,
    says: RegExp,
  ][] = [
    ['another format', {}, { as: 'VideoFrame', format: 'I420' }, () => picture(8, 4), /I420/],
    ['a colour space', {}, { as: 'VideoFrame', colorSpace: { primaries: 'bt709' } }, () => picture(8, 4), /colorSpace/],
    ['two pictures', { outputs: [image, two] }, {}, () => picture(8, 4), /more than one picture/],
    ['no picture', { outputs: [{ role: 'mask', tensor: 'm' }] }, {}, () => picture(8, 4), /no picture/],
    ['a turned frame', {}, {}, turned, /turned/],
    ['display-p3', {}, {}, () => new ImageData(8, 4, { colorSpace: 'display-p3' }), /sRGB/],
    ['luma', { input: luma, outputs: [{ ...image, channels: 'Y' as const }] }, {}, () => picture(8, 4), /luma/],
  ]
  for (const [name, change, options, source, says] of refused) {
    test(name, async () => {
      using frames = countFrames()
      await using translator = await open(ort(), change)
      const given = source()
      const into = new OffscreenCanvas(1, 1)
      const result = await translator.translate(given, { as: 'none', into, ...options })
      expect(reasons(translator)).toEqual([expect.stringMatching(says)])
      expect([into.width, into.height]).toEqual([8, 4])
      result[Symbol.dispose]()
      if (given instanceof VideoFrame) given.close()
      expect(frames.open).toBe(0)
    })
  }

  test('a session that takes no such GPU tensors, asked once', async () => {
    const bytes = { layout: 'NCHW', dtype: 'uint8', channels: 'RGB' } as const
    const asked: (string | undefined)[] = []
    const backend = tfjs()
    const watched: Backend = {
      ...backend,
      openIdentity: async (io, options) => {
        const session = await backend.openIdentity(io, options)
        const run = session.run.bind(session)
        session.run = (feeds, told) => {
          asked.push(told?.location)
          return run(feeds, told)
        }
        return session
      },
    }
    await using translator = await open(watched, {
      input: { ...bytes, tensor: 'x', size: { multipleOf: 4 } },
      outputs: [{ role: 'image', ...bytes, tensor: 'y' }],
    })
    for (let i = 0; i < 3; i++) {
      using result = await translator.translate(picture(8, 4), { as: 'VideoFrame' })
      expect(farthest(await frameBytes(result.image), bytesOf(picture(8, 4)))).toBe(0)
      expect(result.timings.readBacks).toBe(1)
    }
    expect(asked).toEqual(['gpu', undefined, undefined, undefined])
    expect(reasons(translator)).toEqual([expect.stringMatching(/uint8, which TensorFlow.js has no buffers of/)])
  })
})
