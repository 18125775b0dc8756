import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { DumpStage, RawImage, Tensor } from '@i2i/core'
import { directoryDump } from '@i2i/core/node'
import { afterEach, beforeEach } from 'vitest'
import { pictures, tensor } from './noise.js'

/** A new folder for each test. */
export let dir: string
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'i2i-parity-'))
})
afterEach(() => rm(dir, { recursive: true, force: true }))

/** What may be changed of a call. */
export interface CallParts {
  readonly sdkInput: RawImage
  readonly modelInput: Tensor
  readonly modelOutput: Tensor
  readonly sdkOutput: RawImage
}

/** A call's four stages, the same each time. */
export function parts(): CallParts {
  const [input, output] = pictures(12, 13)
  const values = Float32Array.from({ length: 3 * 12 * 13 }, (_, i) => Math.sin(i))
  const model = tensor(values, [1, 3, 13, 12])
  return {
    sdkInput: input,
    modelInput: model,
    modelOutput: tensor(values.map(Math.cbrt), [1, 3, 13, 12]),
    sdkOutput: output,
  }
}

/** Writes a dump of these calls under `dir`, and returns its path. */
export async function dumped(
  name: string,
  calls: readonly Partial<CallParts>[],
  options: { run?: Record<string, unknown>; sink?: Parameters<typeof directoryDump>[1] } = {},
): Promise<string> {
  const path = join(dir, name)
  const sink = directoryDump(path, options.sink)
  const variant = { id: 'fp32', precision: 'fp32', files: [{ path: 'toon.onnx', sha256: 'c0ffee' }] }
  const model = { id: 'toon', version: '1.0.0', variant }
  await sink.begin?.({ model, backend: 'ort', device: 'cpu', engine: 'wasm-simd', ...options.run })
  for (const [i, change] of calls.entries()) {
    for (const [stage, value] of Object.entries({ ...parts(), ...change }) as [DumpStage, RawImage | Tensor][]) {
      const name = stage.startsWith('model') ? 'x' : 'image'
      const content = 'planes' in value ? { image: value } : { tensor: value }
      await sink.write({ call: i + 1, stage, name, meta: {}, ...content })
    }
    await sink.end?.(i + 1, { outcome: 'ok', timings: { run: 2, total: 5, cold: true } })
  }
  await sink.close()
  return path
}
