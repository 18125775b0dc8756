import { faultInjectors, randomFaults } from '@i2i/testkit/faults'
import { expect, test } from 'vitest'
import { probeImage } from '../src/probe/probe-image.js'
import { confusionTable, judge, type Verdict } from './doctor-cases.js'

const sizes = [
  [192, 160],
  [222, 222],
  [256, 180],
] as const

function failures(verdicts: readonly Verdict[]): string[] {
  return verdicts
    .filter(({ passed }) => !passed)
    .map(({ truth, diagnosis }) => `${truth.join(' + ')} => ${diagnosis.faults.map(({ code }) => code).join(' + ')}`)
}

test('names every single fault at three sizes', async () => {
  const verdicts: Verdict[] = []
  for (const injector of faultInjectors) {
    for (const [i, [width, height]] of sizes.entries())
      verdicts.push(await judge(probeImage(width, height), [injector], 7 + i))
  }
  console.log(confusionTable(verdicts))
  expect(failures(verdicts)).toEqual([])
}, 300_000)

test.each([
  [2, 0.95, 40],
  [3, 0.85, 40],
])(
  'names %d faults together in at least %d of %d cases',
  async (count, share, cases) => {
    const verdicts: Verdict[] = []
    for (let seed = 3000; seed < 3000 + cases; seed++) {
      const [width, height] = sizes[seed % 3]!
      verdicts.push(await judge(probeImage(width, height), randomFaults(count, seed), seed))
    }
    const passed = verdicts.filter((verdict) => verdict.passed).length
    console.log(`${count} faults: ${passed} of ${cases}\n${confusionTable(verdicts)}\n${failures(verdicts).join('\n')}`)
    expect(passed / cases).toBeGreaterThanOrEqual(share)
  },
  300_000,
)
