import { I2iError, openColorEngine } from '@i2i/color'
import { expect, it } from 'vitest'
import { canaryDigest } from '../src/canary.js'
import { RebuildingSession } from '../src/rebuilding.js'
import { echo, type FakeModel, fakeBackend, loadFake, manifest, noise, variant } from './fake-backend.js'

/** The model, whose device is lost in the runs named (1 is the first). */
function losing(...lost: readonly number[]): FakeModel {
  let runs = 0
  return (feeds) => {
    if (lost.includes(++runs)) throw new I2iError('DEVICE_LOST', 'the cable was pulled')
    return echo(feeds)
  }
}

it('opens the session anew when its device is lost, and the call succeeds', async () => {
  const backend = fakeBackend(losing(2))
  const translator = await loadFake({}, { backend })
  const picture = noise(8, 4)
  const before = await translator.translate(picture)
  const after = await translator.translate(picture)
  expect(after.image).toEqual(before.image)
  expect(backend.opened).toEqual(['cpu', 'cpu'])
  expect(backend.disposed).toBe(1)
  expect(translator.decisions).toContainEqual({
    what: 'fallback',
    choice: 'opened again',
    outcome: 'taken',
    reason: 'the cable was pulled',
  })
  await translator.dispose()
  expect(backend.disposed).toBe(2)
})

it('opens it once for a call: a device lost again is DEVICE_LOST, and the next call may have better luck', async () => {
  const backend = fakeBackend(losing(1, 2))
  const translator = await loadFake({}, { backend })
  await expect(translator.translate(noise(4, 4))).rejects.toMatchObject({ code: 'DEVICE_LOST' })
  expect(backend.opened).toHaveLength(2)
  await translator.translate(noise(4, 4))
  expect(backend.opened).toHaveLength(2)
})

it('is DEVICE_LOST, with both reasons, when it cannot be opened anew', async () => {
  let opened = 0
  const open = () => {
    if (++opened > 1) throw new Error('no adapter')
  }
  const translator = await loadFake({}, { backend: fakeBackend(losing(1), { open }) })
  await expect(translator.translate(noise(4, 4))).rejects.toMatchObject({
    code: 'DEVICE_LOST',
    message: expect.stringMatching(/cable was pulled.*no adapter/),
  })
})

it('asks the canary of the new session too', async () => {
  const session = await fakeBackend(echo).openSession({ format: 'onnx', entry: '', files: new Map() })
  const color = await openColorEngine({ engine: 'reference' })
  const digest = await canaryDigest(manifest(), session, color, 1)
  let runs = 0
  const model: FakeModel = (feeds) => {
    if (++runs === 4) throw new I2iError('DEVICE_LOST', 'the cable was pulled')
    const { x } = feeds
    if (runs < 4 || x?.location !== 'cpu') return echo(feeds)
    return { y: { ...x, data: new Float32Array(x.data.length) } }
  }
  const variants = [{ ...variant('fp32'), canary: { seed: 1, tolerance: 1e-4, digest } }]
  const translator = await loadFake({ variants }, { backend: fakeBackend(model) })
  await expect(translator.translate(noise(4, 4))).rejects.toMatchObject({
    code: 'DEVICE_LOST',
    message: expect.stringMatching(/computes the model wrongly/),
  })
})

it('leaves other errors alone, and feeds that were on the lost GPU', async () => {
  const failing = fakeBackend(() => Promise.reject(new I2iError('OUT_OF_MEMORY', 'too large')))
  const translator = await loadFake({}, { backend: failing })
  await expect(translator.translate(noise(4, 4))).rejects.toMatchObject({ code: 'OUT_OF_MEMORY' })
  expect(failing.opened).toHaveLength(1)

  const inner = await fakeBackend(losing(1)).openSession({ format: 'onnx', entry: '', files: new Map() })
  const session = new RebuildingSession(inner, () => Promise.reject(new Error('opened again')))
  const x = { location: 'gpu', dtype: 'float32', dims: [1], buffer: undefined as never } as const
  const gpu = { ...x, read: () => Promise.reject(new Error('read')), dispose: () => undefined }
  await expect(session.run({ x: gpu })).rejects.toMatchObject({ message: 'the cable was pulled' })
})
