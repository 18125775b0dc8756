import { ort } from '@i2i/backend-ort'
import { load, openManifest, type RawImage, rawImage } from '@i2i/core'
import { describe, expect, it, onTestFinished, vi } from 'vitest'
import type { GpuDevice } from '../src/backend/gpu.js'

// Vite serves the repository.
const toon = new URL('../../../models/toon/toon.i2i.json', import.meta.url)

/** A picture of a size that the model does not take as it is. */
function picture(): RawImage {
  const [width, height] = [37, 22]
  const data = Uint8Array.from({ length: width * height * 4 }, (_, i) => {
    const [x, y, channel] = [(i >> 2) % width, Math.floor((i >> 2) / width), i & 3]
    return channel === 3 ? 255 : (x * (5 + channel) + y * (11 - 3 * channel)) % 256
  })
  return rawImage({ format: 'RGBA', width, height, data })
}

function bytes(image: RawImage): Uint8Array {
  const [plane] = image.planes
  return new Uint8Array(plane?.data ?? [])
}

function largestDifference(a: RawImage, b: RawImage): number {
  const other = bytes(b)
  return bytes(a).reduce((most, value, i) => Math.max(most, Math.abs(value - (other[i] ?? Number.NaN))), 0)
}

/** The devices that are made from now on, by whoever asks for one. */
function spyOnDevices(): GpuDevice[] {
  const made: GpuDevice[] = []
  // What is used of the browser's class; the suite compiles without DOM types.
  interface Adapter {
    requestDevice(this: Adapter, ...args: unknown[]): Promise<GpuDevice>
  }
  const { GPUAdapter } = globalThis as unknown as { GPUAdapter: { prototype: Adapter } }
  const original = GPUAdapter.prototype.requestDevice
  const spy = vi.spyOn(GPUAdapter.prototype, 'requestDevice').mockImplementation(async function (
    this: Adapter,
    ...args
  ) {
    const device = await original.apply(this, args)
    made.push(device)
    return device
  })
  onTestFinished(() => spy.mockRestore())
  return made
}

describe('the toon model, fetched by a page', () => {
  it.each(['wasm', 'webgpu'] as const)('as an identity gives the picture back on %s', async (device) => {
    await using translator = await load(toon, { backend: ort(), device, identity: true })
    expect(translator.device).toBe(device)
    using result = await translator.translate(picture())
    expect(bytes(result.image)).toEqual(bytes(picture()))
  })

  // load() holds both to the canary, which onnxruntime-node made on the CPU.
  it('gives on WebGPU what it gives on WASM, and on both what Node gives', { timeout: 90_000 }, async () => {
    await using onWasm = await load(toon, { backend: ort(), device: 'wasm' })
    expect(onWasm.manifest.variants[0]?.canary, 'run: npx i2i canary models/toon').toBeDefined()
    await using onGpu = await load(toon, { backend: ort(), device: 'webgpu' })
    expect(onGpu.device).toBe('webgpu')
    expect(onGpu.decisions.filter(({ outcome }) => outcome === 'refused')).toEqual([])
    using expected = await onWasm.translate(picture())
    using actual = await onGpu.translate(picture())
    expect(actual.image).toMatchObject({ width: 37, height: 22 })
    expect(largestDifference(expected.image, picture())).toBeGreaterThan(8)
    expect(largestDifference(actual.image, expected.image)).toBeLessThanOrEqual(1)
    const [mask, wanted] = [actual.outputs['mask'], expected.outputs['mask']]
    if (!mask || !wanted || !('planes' in mask) || !('planes' in wanted)) throw new Error('no mask')
    expect(largestDifference(mask, wanted)).toBeLessThanOrEqual(1)
  })

  it('goes on, on a new device, when the one it runs on is lost', async () => {
    const devices = spyOnDevices()
    await using translator = await load(toon, { backend: ort(), device: 'webgpu', identity: true })
    using before = await translator.translate(picture())
    expect(bytes(before.image)).toEqual(bytes(picture()))
    expect(devices).toHaveLength(1)
    devices[0]?.destroy()
    using after = await translator.translate(picture())
    expect(bytes(after.image)).toEqual(bytes(picture()))
    expect(devices).toHaveLength(2)
    expect(translator.decisions).toContainEqual({
      what: 'fallback',
      choice: 'opened again',
      outcome: 'taken',
      reason: expect.stringMatching(/destroyed/),
    })
  })

  it('refuses a device that computes other numbers than the manifest says', async () => {
    const { manifest } = await openManifest(toon, {})
    const [variant] = manifest.variants
    if (!variant?.canary) throw new Error('no canary')
    const canary = { ...variant.canary, digest: [...variant.canary.digest].reverse() }
    const wrong = { ...manifest, variants: [{ ...variant, canary }] }
    const loading = load(wrong, { backend: ort(), device: 'wasm', baseUrl: toon })
    await expect(loading).rejects.toMatchObject({
      code: 'BACKEND_UNAVAILABLE',
      message: expect.stringContaining('wrongly'),
    })
  })
})
