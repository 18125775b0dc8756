import type { Session, Tensor } from '@i2i/core'
import { expect } from 'vitest'
import { expectError } from './expect-error.js'
import { convModel, convOracle } from './graph.js'
import { identityIo, onnxBytes } from './models.js'
import type { Checks } from './subject.js'
import { float32, maxError, noise, numbers } from './tensors.js'

const frame = (width: number, height: number, seed = 1) =>
  float32([1, 3, height, width], noise(3 * height * width, seed))

async function expectOracle(session: Session, x: ReturnType<typeof frame>, tolerance: number): Promise<void> {
  const expected = convOracle(x)
  const { y, features } = await session.run({ x })
  expect(y?.dims).toEqual([1, expected.y.channels, expected.y.height, expected.y.width])
  expect(maxError(numbers(y), expected.y.data)).toBeLessThanOrEqual(tolerance)
  expect(maxError(numbers(features), expected.features.data)).toBeLessThanOrEqual(tolerance)
}

/** What a session computes, and what it refuses to. */
export const runChecks: Checks<
  | 'metadata names, dtypes and sizes'
  | 'a graph gives what plain loops give'
  | 'sizes change from run to run on one session'
  | 'fetch computes the outputs asked for'
  | 'NaN, infinities and signed zero pass'
  | 'feeds are left as they were, outputs are the caller’s'
  | 'views into a larger buffer are read at their offset'
  | 'wrong names'
  | 'wrong dtype, dims and data length'
> = {
  async 'metadata names, dtypes and sizes'({ backend, device }) {
    await using session = await backend.openSession(onnxBytes(convModel()), { device })
    expect(session.device).toBe(device)
    expect(session.inputs).toEqual([{ name: 'x', dtype: 'float32', dims: [1, 3, 'height', 'width'] }])
    expect(session.outputs.map(({ name, dtype, dims }) => [name, dtype, dims.slice(0, 2)])).toEqual([
      ['y', 'float32', [1, 5]],
      ['features', 'float32', [1, 2]],
    ])
  },

  async 'a graph gives what plain loops give'({ backend, device, tolerance }) {
    await using session = await backend.openSession(onnxBytes(convModel()), { device })
    await expectOracle(session, frame(7, 5), tolerance)
    await expectOracle(session, frame(16, 16, 2), tolerance)
  },

  async 'sizes change from run to run on one session'({ backend, device, tolerance }) {
    await using session = await backend.openSession(onnxBytes(convModel()), { device })
    for (const [width, height] of [
      [1, 1],
      [33, 17],
      [2, 9],
      [64, 3],
      [33, 17],
      [5, 31],
    ] as const) {
      await expectOracle(session, frame(width, height, width), tolerance)
    }
  },

  async 'fetch computes the outputs asked for'({ backend, device }) {
    await using session = await backend.openSession(onnxBytes(convModel()), { device })
    const x = frame(4, 4)
    const all = await session.run({ x })
    expect(Object.keys(all)).toEqual(['y', 'features'])
    expect(await session.run({ x }, { fetch: ['features'] })).toEqual({ features: all['features'] })
    expect(await session.run({ x }, { fetch: ['features', 'y'] })).toEqual(all)
    expect(await session.run({ x }, { fetch: [] })).toEqual({})
  },

  async 'NaN, infinities and signed zero pass'({ backend, device }) {
    await using session = await backend.openIdentity(identityIo, { device })
    // WGSL lets a GPU take subnormal numbers for zero.
    const least = device === 'webgpu' ? 2 ** -126 : 1e-45
    const data = Float32Array.of(Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, -0, 3.4e38, least)
    const { y } = await session.run({ x: float32([1, 3, 1, 2], data) })
    expect(y).toMatchObject({ data })
  },

  async 'feeds are left as they were, outputs are the caller’s'({ backend, device }) {
    await using session = await backend.openIdentity(identityIo, { device })
    const [x, later] = [frame(5, 3, 1), frame(5, 3, 2)]
    const { y } = await session.run({ x })
    expect(x).toEqual(frame(5, 3, 1))
    x.data.fill(0)
    await session.run({ x: later })
    expect(y).toMatchObject({ data: frame(5, 3, 1).data })
  },

  async 'views into a larger buffer are read at their offset'({ backend, device }) {
    await using session = await backend.openIdentity(identityIo, { device })
    const values = noise(100, 4)
    const x: Tensor = { location: 'cpu', dtype: 'float32', dims: [1, 3, 3, 5], data: values.subarray(7, 52) }
    expect(await session.run({ x })).toMatchObject({ y: { data: values.slice(7, 52) } })
  },

  async 'wrong names'({ backend, device }) {
    await using session = await backend.openIdentity(identityIo, { device })
    const x = frame(4, 4)
    await expectError(session.run({}), 'SHAPE_MISMATCH', /'x'/)
    await expectError(session.run({ image: x }), 'SHAPE_MISMATCH', /'image'.*x/)
    await expectError(session.run({ x, z: x }), 'SHAPE_MISMATCH', /'z'/)
    await expectError(session.run({ x }, { fetch: ['z'] }), 'SHAPE_MISMATCH', /'z'.*y/)
  },

  async 'wrong dtype, dims and data length'({ backend, device }) {
    await using session = await backend.openIdentity(identityIo, { device })
    const x = frame(4, 4)
    const wrong = (change: object) => session.run({ x: { ...x, ...change } })
    const bytes = new Uint8Array(48)
    await expectError(wrong({ dtype: 'uint8', data: bytes }), 'SHAPE_MISMATCH', /'x'.*float32.*uint8/)
    await expectError(wrong({ data: bytes }), 'SHAPE_MISMATCH', /Float32Array.*Uint8Array/)
    await expectError(wrong({ data: undefined }), 'SHAPE_MISMATCH', /Float32Array.*Undefined/)
    await expectError(wrong({ dims: [3, 4, 4] }), 'SHAPE_MISMATCH', /\[3, 4, 4\]/)
    await expectError(wrong({ dims: [1, 4, 4, 3] }), 'SHAPE_MISMATCH', /\[1, 4, 4, 3\]/)
    await expectError(wrong({ dims: [1, 3, -4, -4] }), 'SHAPE_MISMATCH', /-4/)
    await expectError(wrong({ dims: [1, 3, 4, 3.5] }), 'SHAPE_MISMATCH', /3\.5/)
    await expectError(wrong({ dims: [1, 3, 4, 5] }), 'SHAPE_MISMATCH', /60.*48/)
    expect(await session.run({ x })).toMatchObject({ y: { data: x.data } })
  },
}
