import { rawImage } from '@i2i/core'
import { faultInjectors, randomFaults } from '@i2i/testkit/faults'
import sharp from 'sharp'
import { expect, test } from 'vitest'
import { probeImage } from '../src/probe/probe-image.js'
import { confusionTable, judge, type Verdict } from './doctor-cases.js'

const sizes = [
  [192, 160],
  [222, 222],
  [256, 180],
] as const

const mixedSizes = [...sizes, [171, 233], [320, 240]] as const

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
}, 1_800_000)

// Runs of seeds far apart; the sizes go round, and every code takes its turn.
test.each([
  { count: 2, share: 0.95, seeds: [3000, 4000, 7000], each: 50 },
  { count: 3, share: 0.85, seeds: [3000, 5000, 6000], each: 40 },
])(
  'names $count faults together in at least $share of the cases',
  async ({ count, share, seeds, each }) => {
    const verdicts: Verdict[] = []
    for (const first of seeds) {
      for (let seed = first; seed < first + each; seed++) {
        const [width, height] = mixedSizes[seed % mixedSizes.length]!
        verdicts.push(await judge(probeImage(width, height), randomFaults(count, seed), seed))
      }
    }
    const passed = verdicts.filter((verdict) => verdict.passed).length
    console.log(
      `${count} faults: ${passed} of ${verdicts.length}\n${confusionTable(verdicts)}\n${failures(verdicts).join('\n')}`,
    )
    expect(passed / verdicts.length).toBeGreaterThanOrEqual(share)
  },
  1_800_000,
)

test('names every single fault on a photograph', async () => {
  const path = new URL('../../../examples/node-photo/astronaut.png', import.meta.url).pathname
  const [width, height] = [320, 240]
  const data = await sharp(path).resize(width, height, { fit: 'cover', position: 'top' }).ensureAlpha().raw().toBuffer()
  const photo = rawImage({ format: 'RGBA', width, height, data })
  const verdicts: Verdict[] = []
  // An opaque picture has no alpha to spoil.
  for (const injector of faultInjectors.filter(({ family }) => family !== 'alpha'))
    verdicts.push(await judge(photo, [injector], 7))
  expect(failures(verdicts)).toEqual([])
}, 1_800_000)
