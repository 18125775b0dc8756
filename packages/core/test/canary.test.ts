import { openColorEngine } from '@i2i/color'
import { describe, expect, it } from 'vitest'
import { canaryDigest } from '../src/canary.js'
import type { ModelManifest } from '../src/manifest.js'
import type { Tensor } from '../src/ports.js'
import { echo, type FakeModel, fakeBackend, loadFake, manifest, noise, rgb, variant } from './fake-backend.js'

const seed = 7
const color = await openColorEngine({ engine: 'reference' })

async function digestOf(model: FakeModel, change: Partial<ModelManifest> = {}): Promise<number[]> {
  const session = await fakeBackend(model).openSession({ format: 'onnx', entry: '', files: new Map() })
  return await canaryDigest(manifest(change), session, color, seed)
}

async function variants(change: Partial<ModelManifest> = {}): Promise<ModelManifest['variants']> {
  return [{ ...variant('fp32'), canary: { seed, tolerance: 1e-4, digest: await digestOf(echo, change) } }]
}

/** The model's result with its numbers changed, from the given run on. */
function wrongFrom(run: number, change: (data: Float32Array, dims: readonly number[]) => Float32Array): FakeModel {
  let runs = 0
  return ({ x }) => {
    if (x?.location !== 'cpu') throw new Error('no feed')
    const data = Float32Array.from(x.data, Number)
    return { y: { ...x, data: ++runs < run ? data : change(data, x.dims) } }
  }
}

const faults: Record<string, (data: Float32Array, dims: readonly number[]) => Float32Array> = {
  zeros: (data) => data.fill(0),
  NaN: (data) => data.fill(Number.NaN, 0, 1),
  'channels exchanged': (data) => Float32Array.of(...data.slice(data.length / 3), ...data.slice(0, data.length / 3)),
  'upside down': (data) => data.reverse(),
  'a part not written': (data) => data.fill(0, data.length - data.length / 12),
  'everything a little off': (data) => data.map((value) => value + 2e-4),
}

describe('the canary', () => {
  it('is the means of 4x4 blocks of each channel of images and masks', async () => {
    const feeds: Record<string, Tensor>[] = []
    const data = Float32Array.from({ length: 2 * 64 * 64 }, (_, i) => Math.floor((i % 4096) / 1024) + (i >> 12) * 10)
    const model: FakeModel = (fed) => {
      feeds.push({ ...fed })
      return { t: { location: 'cpu', dtype: 'float32', dims: [1, 2, 64, 64], data } }
    }
    const outputs = [
      { role: 'image', ...rgb, tensor: 't', channels: 'GRAY', slice: [0, 1] },
      { role: 'data', tensor: 't', name: 'd' },
      { role: 'mask', tensor: 't', name: 'm', slice: [1, 2] },
    ] as const
    // Each row of blocks has one value, counted from 0 in the first channel and from 10 in the second.
    const rows = [0, 1, 2, 3].flatMap((row) => [row, row, row, row])
    expect(await digestOf(model, { outputs })).toEqual([...rows, ...rows.map((row) => row + 10)])
    expect(feeds[0]?.['x']?.dims).toEqual([1, 3, 64, 64])
  })

  it('reads NHWC as it lies, and odd sizes to the last pixel', async () => {
    const size = { width: 5, height: 3 }
    const planar = await digestOf(echo, { input: { ...rgb, tensor: 'x', size } })
    const nhwc = { ...rgb, layout: 'NHWC' } as const
    const interleaved = await digestOf(echo, {
      input: { ...nhwc, tensor: 'x', size },
      outputs: [{ role: 'image', ...nhwc }],
    })
    expect(planar).toHaveLength(48)
    interleaved.forEach((value, i) => {
      expect(value).toBeCloseTo(planar[i] ?? Number.NaN, 6)
    })
  })

  it('passes a model that computes rightly, after three runs', async () => {
    const warm: number[] = []
    const translator = await loadFake(
      { variants: await variants() },
      {
        backend: fakeBackend(echo),
        onProgress: ({ phase, loaded }) => phase === 'warmup' && warm.push(loaded),
      },
    )
    expect(warm).toEqual([1, 2, 3])
    expect(translator.decisions.filter(({ outcome }) => outcome === 'refused')).toEqual([])
  })

  it.each(Object.keys(faults))('refuses a device that gives %s, and takes the next', async (name) => {
    const broken = fakeBackend(wrongFrom(1, faults[name] ?? faults['zeros']!), { name: 'broken' })
    const translator = await loadFake({ variants: await variants() }, { backend: [broken, fakeBackend(echo)] })
    expect(translator.backend).toBe('fake')
    expect(broken.disposed).toBe(1)
    expect(translator.decisions).toContainEqual({
      what: 'backend',
      choice: 'broken cpu, fp32',
      outcome: 'refused',
      reason: expect.stringMatching(/wrongly.*tolerance 0.0001, run 1 of 3/),
    })
    expect(translator.decisions).toContainEqual(
      expect.objectContaining({ what: 'fallback', choice: 'fake cpu', reason: expect.stringMatching(/^broken cpu/) }),
    )
  })

  it('refuses a device whose third run is wrong, and throws when nothing is left', async () => {
    const broken = fakeBackend(wrongFrom(3, (data) => data.fill(0)))
    await expect(loadFake({ variants: await variants() }, { backend: broken })).rejects.toMatchObject({
      code: 'BACKEND_UNAVAILABLE',
      message: expect.stringMatching(/run 3 of 3.*i2i canary/),
    })
  })

  it('refuses a digest of another length', async () => {
    const [first] = await variants()
    const canary = { seed, tolerance: 1, digest: first?.canary?.digest.slice(0, 47) ?? [] }
    const short = [{ ...variant('fp32'), canary }]
    await expect(loadFake({ variants: short }, { backend: fakeBackend(echo) })).rejects.toThrow(/number 48/)
  })

  it('is not asked of an identity', async () => {
    const backend = fakeBackend(wrongFrom(1, (data) => data.fill(0)))
    const translator = await loadFake({ variants: await variants() }, { backend, identity: true })
    await translator.translate(noise(4, 4))
  })
})
