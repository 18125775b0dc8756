import { ort } from '@i2i/backend-ort'
import { describe, expect, onTestFinished, test, vi } from 'vitest'
import { bytesOf, canvasBytes, farthest, frameBytes, open, picture } from './gpu.js'
import { backends, type Device, newDevice } from './gpu-links.js'
import { countFrames } from './pictures.js'

/** The devices that backends make from now on. */
function devices(): Device[] {
  const made: Device[] = []
  const { GPUAdapter } = globalThis as unknown as {
    GPUAdapter: { prototype: { requestDevice(d?: object): Promise<Device> } }
  }
  const original = GPUAdapter.prototype.requestDevice
  const spy = vi.spyOn(GPUAdapter.prototype, 'requestDevice').mockImplementation(async function (
    this: object,
    descriptor,
  ) {
    const device = await original.call(this, descriptor)
    made.push(device)
    return device
  })
  onTestFinished(() => spy.mockRestore())
  return made
}

describe('a device that is lost', () => {
  for (const [name, make] of Object.entries(backends)) {
    test(`${name}: is replaced once, before a call and under one`, async () => {
      const made = devices()
      using frames = countFrames()
      await using translator = await open(make())
      const into = document.createElement('canvas')
      const check = async (): Promise<void> => {
        using result = await translator.translate(picture(12, 8), { as: 'VideoFrame', into })
        expect(result.timings.readBacks).toBe(0)
        expect(farthest(await frameBytes(result.image), bytesOf(picture(12, 8)))).toBe(0)
        expect(farthest(canvasBytes(into), bytesOf(picture(12, 8)))).toBe(0)
      }
      await check()
      made.at(-1)?.destroy()
      await check()
      expect(translator.decisions).toContainEqual(expect.objectContaining({ choice: 'opened again' }))
      const under = check()
      made.at(-1)?.destroy()
      await under
      await check()
      expect(frames.open).toBe(0)
    })
  }

  test("and is the caller's is DEVICE_LOST", async () => {
    const gpuDevice = await newDevice()
    await using translator = await open(ort({ gpuDevice } as object))
    ;(await translator.translate(picture(8, 8), { as: 'VideoFrame' }))[Symbol.dispose]()
    gpuDevice.destroy()
    for (let i = 0; i < 2; i++) {
      await expect(translator.translate(picture(8, 8), { as: 'VideoFrame' })).rejects.toMatchObject({
        code: 'DEVICE_LOST',
      })
    }
  })
})
