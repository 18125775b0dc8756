import { expect, test } from 'vitest'
import { randomNetwork } from './tfjs-random-network.js'
import { expectClose, noise, runOrt, runTfjs } from './tfjs-run.js'

const count = 200

test(`${count} random networks give on TensorFlow.js what they give on ONNX Runtime`, async () => {
  const seed = Number(process.env['FUZZ_SEED'] ?? Date.now() % 2 ** 31)
  const operators = new Set<string>()
  let worst = 0
  for (let i = 0; i < count; i++) {
    const { model, dims, operators: used } = randomNetwork(seed + i)
    for (const operator of used) operators.add(operator)
    const feeds = { x: noise(dims, seed) }
    const { y: expected } = await runOrt(model, feeds)
    // Every tenth on the CPU too, which is slow.
    for (const device of i % 10 === 0 ? (['wasm', 'cpu'] as const) : (['wasm'] as const)) {
      const { y: actual } = await runTfjs(model, feeds, device)
      const what = `FUZZ_SEED=${seed + i}: ${used.join(', ')} on ${device}`
      worst = Math.max(worst, expectClose(actual!, expected!, 1e-5, what))
    }
  }
  console.log(
    `FUZZ_SEED=${seed}, ${count} networks of ${operators.size} operators: worst error ${worst.toExponential(1)} of range`,
  )
  expect(operators.size).toBeGreaterThan(25)
})
