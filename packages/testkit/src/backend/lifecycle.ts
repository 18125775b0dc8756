import { expect } from 'vitest'
import { expectError } from './expect-error.js'
import { convModel, heavyModel } from './graph.js'
import { identityIo, onnxBytes } from './models.js'
import type { Checks } from './subject.js'
import { float32, noise } from './tensors.js'

const frame = (seed: number, width = 6, height = 4) => float32([1, 3, height, width], noise(3 * height * width, seed))

const megabyte = 2 ** 20

/** Opening, overlapping, aborting and disposing sessions. */
export const lifecycleChecks: Checks<
  | 'two sessions at once'
  | 'runs that overlap, on sessions of different shape, do not mix'
  | 'abort before openSession and before run'
  | 'abort during openSession and during run'
  | 'dispose waits for the runs in flight'
  | 'dispose twice, and run after dispose'
  | 'malformed, truncated and empty models'
  | 'a format or a device that it does not offer'
  | 'runs leave nothing behind'
  | 'sessions leave nothing behind'
> = {
  async 'two sessions at once'({ backend, device }) {
    const first = await backend.openIdentity(identityIo, { device })
    await using second = await backend.openIdentity(identityIo, { device })
    const [a, b] = [frame(1), frame(2)]
    expect(await first.run({ x: a })).toMatchObject({ y: { data: a.data } })
    expect(await second.run({ x: b })).toMatchObject({ y: { data: b.data } })
    await first.dispose()
    expect(await second.run({ x: a })).toMatchObject({ y: { data: a.data } })
  },

  async 'runs that overlap, on sessions of different shape, do not mix'({ backend, device }) {
    const io = (extra: number) => ({
      inputs: [
        ...identityIo.inputs,
        ...Array.from({ length: extra }, (_, i) => ({ name: `extra${i}`, dtype: 'float32', dims: [1] })),
      ],
      outputs: identityIo.outputs,
    })
    const sessions = await Promise.all([0, 1, 4, 8].map((extra) => backend.openIdentity(io(extra), { device })))
    const runs = sessions.flatMap((session, s) =>
      Array.from({ length: 25 }, async (_, r) => {
        const x = frame(100 * s + r, 3 + r, 5)
        const extras = session.inputs.filter(({ name }) => name !== 'x')
        const { y } = await session.run({
          x,
          ...Object.fromEntries(extras.map(({ name }) => [name, float32([1], [r])])),
        })
        expect(y).toMatchObject({ dims: x.dims, data: x.data })
      }),
    )
    await Promise.all(runs)
    await Promise.all(sessions.map((session) => session.dispose()))
  },

  async 'abort before openSession and before run'({ backend, device }) {
    const reason = { why: 'not wanted' }
    const signal = AbortSignal.abort(reason)
    await expect(backend.openSession(onnxBytes(convModel()), { device, signal })).rejects.toBe(reason)
    await expect(backend.openIdentity(identityIo, { device, signal })).rejects.toBe(reason)
    await using session = await backend.openIdentity(identityIo, { device })
    await expect(session.run({ x: frame(1) }, { signal })).rejects.toBe(reason)
  },

  async 'abort during openSession and during run'({ backend, device }) {
    const opening = new AbortController()
    const open = backend.openSession(onnxBytes(convModel()), { device, signal: opening.signal })
    opening.abort('enough')
    await expect(open).rejects.toBe('enough')

    await using session = await backend.openIdentity(identityIo, { device })
    const running = new AbortController()
    const run = session.run({ x: frame(1) }, { signal: running.signal })
    const other = session.run({ x: frame(2) })
    running.abort('enough')
    await expect(run).rejects.toBe('enough')
    expect(await other).toMatchObject({ y: { data: frame(2).data } })
    expect(await session.run({ x: frame(3) })).toMatchObject({ y: { data: frame(3).data } })
  },

  async 'dispose waits for the runs in flight'({ backend, device }) {
    const session = await backend.openSession(onnxBytes(convModel()), { device })
    const alone = await session.run({ x: frame(1, 16, 16) })
    const runs = [1, 2, 3].map(() => session.run({ x: frame(1, 16, 16) }))
    const order: string[] = []
    const settled = Promise.all(runs).then((results) => {
      order.push('runs')
      return results
    })
    await session.dispose().then(() => order.push('dispose'))
    for (const result of await settled) expect(result).toEqual(alone)
    expect(order).toEqual(['runs', 'dispose'])
  },

  async 'dispose twice, and run after dispose'({ backend, device }) {
    const session = await backend.openIdentity(identityIo, { device })
    const first = session.dispose()
    await expectError(session.run({ x: frame(1) }), 'DISPOSED', /disposed/)
    await first
    await session.dispose()
    await session[Symbol.asyncDispose]()
    await expectError(session.run({ x: frame(1) }), 'DISPOSED', /disposed/)
  },

  async 'malformed, truncated and empty models'({ backend, device }) {
    const whole = convModel()
    const broken = [
      whole.slice(0, 40),
      whole.slice(0, whole.length >> 1),
      whole.slice(0, whole.length - 1),
      new Uint8Array(0),
      Uint8Array.from(noise(1000, 1), (value) => value * 127),
      new TextEncoder().encode('<!doctype html><title>Not found</title>'),
    ]
    for (const bytes of broken) {
      await expectError(backend.openSession(onnxBytes(bytes), { device }), 'MODEL_UNSUPPORTED', /model\.onnx/)
    }
    const missing = { format: 'onnx', entry: 'other.onnx', files: onnxBytes(whole).files }
    await expectError(backend.openSession(missing, { device }), 'MODEL_UNSUPPORTED', /other\.onnx.*model\.onnx/)
  },

  async 'a format or a device that it does not offer'({ backend, device }) {
    const model = { ...onnxBytes(convModel()), format: 'caffe' }
    await expectError(backend.openSession(model, { device }), 'MODEL_UNSUPPORTED', /caffe/)
    const devices = await backend.devices()
    expect(devices.find((entry) => entry.device === device)).toMatchObject({ available: true })
    if (backend.order) expect(devices.map((entry) => entry.device)).toEqual(backend.order)
    for (const entry of devices) expect(await backend.devices(entry.device)).toContainEqual(entry)
    for (const other of devices.filter((entry) => !entry.available)) {
      expect(other.reason).toMatch(/\w/)
      const opened = backend.openSession(onnxBytes(convModel()), { device: other.device })
      await expectError(opened, 'BACKEND_UNAVAILABLE', new RegExp(other.device))
    }
  },

  async 'runs leave nothing behind'({ backend, device, liveBytes }) {
    await using session = await backend.openIdentity(identityIo, { device })
    const x = frame(1, 512, 171) // 1 MB
    const runs = async (count: number) => {
      for (let i = 0; i < count; i++) await session.run({ x })
    }
    await runs(40)
    const before = await liveBytes()
    await runs(160)
    // A tensor a run would be 160.
    expect(((await liveBytes()) - before) / megabyte).toBeLessThan(80)
  },

  async 'sessions leave nothing behind'({ backend, device, liveBytes }) {
    const model = onnxBytes(heavyModel(megabyte))
    const sessions = async (count: number) => {
      for (let i = 0; i < count; i++) await (await backend.openSession(model, { device })).dispose()
    }
    await sessions(20)
    const before = await liveBytes()
    await sessions(80)
    expect(((await liveBytes()) - before) / megabyte).toBeLessThan(40)
  },
}
