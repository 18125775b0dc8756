import { I2iError } from '@i2i/color'
import { expect, it } from 'vitest'
import type { Device } from '../src/index.js'
import { echo, fakeBackend, loadFake, noise, variant } from './fake-backend.js'

it("takes the backend's first device that is there, and says what was refused and why", async () => {
  const backend = fakeBackend(echo, {
    devices: [
      { device: 'webnn', available: true },
      { device: 'webgpu', available: false, reason: 'no adapter' },
      { device: 'cpu', available: true },
      { device: 'wasm', available: true },
    ],
  })
  const translator = await loadFake({}, { backend })
  expect([translator.backend, translator.device, translator.variant]).toEqual(['fake', 'cpu', 'fp32'])
  expect(translator.decisions).toContainEqual({
    what: 'device',
    choice: 'fake webgpu',
    outcome: 'refused',
    reason: 'no adapter',
  })
  expect(translator.decisions).toContainEqual(expect.objectContaining({ what: 'engine', choice: 'reference' }))
})

it('falls back to the next backend when one cannot open the model', async () => {
  const broken = fakeBackend(echo, {
    name: 'broken',
    open: () => {
      throw new I2iError('MODEL_UNSUPPORTED', 'no such operator')
    },
  })
  const translator = await loadFake({}, { backend: [broken, fakeBackend(echo)] })
  expect(translator.backend).toBe('fake')
  const refused = translator.decisions.find(({ outcome }) => outcome === 'refused')
  expect(refused).toMatchObject({ choice: 'broken cpu, fp32', reason: 'no such operator' })
  await expect(loadFake({}, { backend: broken })).rejects.toMatchObject({ code: 'MODEL_UNSUPPORTED' })
})

it('says what it fell back from, and that part of a model runs elsewhere', async () => {
  const devices = [
    { device: 'webgpu', available: false, reason: 'no adapter' },
    { device: 'wasm', available: true },
  ] as const
  const { decisions } = await loadFake({}, { backend: fakeBackend(echo, { devices, fallback: 'Round has no kernel' }) })
  expect(decisions.filter(({ what }) => what === 'fallback')).toEqual([
    { what: 'fallback', choice: 'fake wasm', outcome: 'taken', reason: 'fake webgpu: no adapter' },
    { what: 'fallback', choice: 'cpu', outcome: 'taken', reason: 'fake wasm: Round has no kernel' },
  ])
  const { decisions: none } = await loadFake({}, { backend: fakeBackend(echo) })
  expect(none.filter(({ what }) => what === 'fallback')).toEqual([])
})

it('tries a device that something speaks against after the others, unless it is named', async () => {
  const devices = [
    { device: 'webgpu', available: true, reason: 'its GPU is imitated in software' },
    { device: 'wasm', available: true },
  ] as const
  const { device, decisions } = await loadFake({}, { backend: fakeBackend(echo, { devices }) })
  expect(device).toBe('wasm')
  expect(decisions).toContainEqual({
    what: 'fallback',
    choice: 'fake wasm',
    outcome: 'taken',
    reason: 'fake webgpu: its GPU is imitated in software: tried last',
  })
  const named = await loadFake({}, { backend: fakeBackend(echo, { devices }), device: 'webgpu' })
  expect([named.device, named.decisions.filter(({ outcome }) => outcome === 'refused')]).toEqual(['webgpu', []])
  const alone = await loadFake({}, { backend: fakeBackend(echo, { devices: devices.slice(0, 1) }) })
  expect([alone.device, alone.decisions.some(({ what }) => what === 'fallback')]).toEqual(['webgpu', false])
})

it('looks at the device that is named, and at no other', async () => {
  const fake = fakeBackend(echo)
  const asked: unknown[] = []
  const backend = {
    ...fake,
    async devices(wanted?: Device) {
      asked.push(wanted)
      return await fake.devices()
    },
  }
  await loadFake({}, { backend, device: 'cpu' })
  await loadFake({}, { backend })
  expect(asked).toEqual(['cpu', undefined])
})

it('looks at a device when its turn comes, where a backend tells the order', async () => {
  const asked: unknown[] = []
  const backend = {
    ...fakeBackend(echo),
    order: ['webgpu', 'wasm', 'cpu'] as const,
    async devices(wanted?: Device) {
      asked.push(wanted)
      if (wanted === 'webgpu') return [{ device: wanted, available: false, reason: 'no adapter' }]
      return [{ device: wanted ?? 'cpu', available: true }]
    },
  }
  const translator = await loadFake({}, { backend })
  expect([translator.device, asked]).toEqual(['wasm', ['webgpu', 'wasm']])
  const refused = translator.decisions.filter(({ outcome }) => outcome === 'refused')
  expect(refused).toMatchObject([{ what: 'device', choice: 'fake webgpu', reason: 'no adapter' }])
})

it('never replaces a device named outright', async () => {
  const backend = fakeBackend(echo, { devices: [{ device: 'wasm', available: true }] })
  await expect(loadFake({}, { backend, device: 'cpu' })).rejects.toMatchObject({
    code: 'BACKEND_UNAVAILABLE',
    message: expect.stringContaining('fake does not run on cpu'),
  })
  expect(backend.opened).toEqual([])
})

it('takes the first variant that fits the device, or the one named', async () => {
  const variants = [variant('gpu', ['webgpu']), variant('small'), variant('large')]
  const first = await loadFake({ variants }, { backend: fakeBackend(echo) })
  expect(first.variant).toBe('small')
  // Another device's variant is not something better that was there.
  expect(first.decisions.filter(({ what }) => what === 'fallback')).toEqual([])
  const named = await loadFake({ variants }, { backend: fakeBackend(echo), variant: 'large' })
  expect(named.variant).toBe('large')
  const wrong = loadFake({ variants }, { backend: fakeBackend(echo), variant: 'gpu' })
  await expect(wrong).rejects.toMatchObject({ code: 'BACKEND_UNAVAILABLE' })
})

it('an identity reads no file and follows the manifest', async () => {
  const backend = fakeBackend(echo)
  const files = { read: () => Promise.reject(new Error('read')) }
  const size = { width: 8, height: 4 }
  const outputs = [
    {
      role: 'image',
      tensor: 't',
      slice: [0, 3],
      layout: 'NHWC',
      dtype: 'float16',
      channels: 'BGR',
      name: 'p',
      scale: 2,
    },
    { role: 'mask', tensor: 't', slice: [3, 4], layout: 'NHWC', name: 'm' },
  ] as const
  const input = { tensor: 'x', layout: 'NCHW', dtype: 'float32', channels: 'RGB', size } as const
  await loadFake({ input, outputs }, { backend, files, identity: true })
  const [io] = backend.identities
  expect(io?.inputs).toMatchObject([{ name: 'x', dtype: 'float32', dims: [1, 3, 4, 8] }])
  expect(io?.outputs).toMatchObject([
    { name: 'p', role: 'image', dtype: 'float16', dims: [1, 8, 16, 3], scale: 2 },
    { name: 'm', role: 'mask', dims: [1, 4, 8, 1], scale: 1 },
  ])
})

it("disposes the session of a model that is not the manifest's", async () => {
  const backend = fakeBackend(echo, { outputs: [{ name: 'z', dtype: 'float32', dims: [] }] })
  await expect(loadFake({}, { backend })).rejects.toMatchObject({
    code: 'SHAPE_MISMATCH',
    message: expect.stringMatching(/"y".*"z"/),
  })
  expect(backend.disposed).toBe(1)
})

it('names an input of the model that nobody feeds, and a dtype that differs', async () => {
  const dims = [1, 3, 'h', 'w']
  const x = { name: 'x', dtype: 'float32', dims }
  const more = fakeBackend(echo, { inputs: [x, { name: 'style', dtype: 'float32', dims: [1, 8] }] })
  await expect(loadFake({}, { backend: more })).rejects.toThrow(/style.*params/)
  const half = fakeBackend(echo, { inputs: [{ ...x, dtype: 'float16' }] })
  await expect(loadFake({}, { backend: half })).rejects.toThrow(/float32.*float16/)
  const fixed = fakeBackend(echo, { inputs: [{ ...x, dims: [1, 3, 64, 64] }] })
  await expect(loadFake({}, { backend: fixed })).rejects.toThrow(/any, any.*64, 64/)
})

it('reports progress of download, verification and compilation', async () => {
  const phases: string[] = []
  const translator = await loadFake({}, { backend: fakeBackend(echo), onProgress: ({ phase }) => phases.push(phase) })
  expect([...new Set(phases)].slice(-2)).toEqual(['verify', 'compile'])
  await translator.translate(noise(4, 4))
})

it("rejects with what the app's own onProgress threw, not with a runtime's fault", async () => {
  const own = new Error('mine')
  const onProgress = () => {
    throw own
  }
  await expect(loadFake({}, { backend: fakeBackend(echo), onProgress })).rejects.toBe(own)
})

it('stops at once when it is aborted while a backend looks for its devices', async () => {
  const control = new AbortController()
  const hanging = { ...fakeBackend(echo), devices: () => new Promise<never>(() => undefined) }
  const loading = loadFake({}, { backend: hanging, signal: control.signal })
  control.abort('enough')
  await expect(loading).rejects.toBe('enough')
})

it('says of a backend that was not called to call it', async () => {
  const uncalled = () => fakeBackend(echo)
  await expect(loadFake({}, { backend: uncalled as never })).rejects.toThrow('call it: { backend: ort() }')
  await expect(loadFake({}, { backend: {} as never })).rejects.toThrow('load() needs a backend')
})

it('refuses a device that there is none of, and says which was meant', async () => {
  const on = (device: string) => loadFake({}, { backend: fakeBackend(echo), device: device as 'cpu' })
  await expect(on('gpu')).rejects.toMatchObject({
    code: 'OPTION_INVALID',
    message: expect.stringContaining('"webgpu"'),
  })
  await expect(on('wasn')).rejects.toThrow('did you mean "wasm"?')
  await expect(on('tpu')).rejects.toMatchObject({ code: 'OPTION_INVALID' })
})
