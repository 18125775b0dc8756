import { type FaultInjector, injectFaults, soundVideoLinks, videoFaults } from '@i2i/testkit/faults'
import { expect, test } from 'vitest'
import { diagnose } from '../src/doctor/diagnose.js'
import { probeImage } from '../src/probe/probe-image.js'
import { confusionTable, judge, type Verdict } from './doctor-cases.js'

const sizes = [
  [240, 176],
  [320, 240],
  [368, 208],
] as const

test('names every fault of a video link', async () => {
  const verdicts: (Verdict & { name: string })[] = []
  for (const [i, injector] of videoFaults.entries()) {
    // The codec that everybody has at each size, the others at one: what a matrix does, it does in all of them.
    const tried = injector.name.endsWith('H.264 4:2:0') ? sizes : [sizes[i % sizes.length]!]
    for (const [width, height] of tried) {
      const verdict = await judge(probeImage(width, height), [injector], 1)
      verdicts.push({ ...verdict, name: `${injector.code} (${injector.name}) ${width}x${height}` })
    }
  }
  const failed = verdicts
    .filter(({ passed }) => !passed)
    .map(
      ({ name, diagnosis }) =>
        `${name} => ${diagnosis.faults.map(({ code, severity }) => `${code} ${severity}`).join(' + ')}`,
    )
  console.log(
    `${verdicts.length} video faults, ${failed.length} not named\n${confusionTable(verdicts)}\n${failed.join('\n')}`,
  )
  expect(failed).toEqual([])
}, 900_000)

test('raises no false alarm on sound video links', async () => {
  const alarms: string[] = []
  const notes = new Map<string, number>()
  for (const [i, { name, send }] of soundVideoLinks.entries()) {
    const [width, height] = sizes[i % sizes.length]!
    const link: FaultInjector = { code: '', name, family: '', stage: 0, inject: send }
    const sent = probeImage(width, height)
    const { faithful, faults } = await diagnose(sent, await injectFaults(sent, [link], 1))
    if (!faithful)
      alarms.push(
        `${name}, ${width}x${height}: ${faults.map(({ code, severity }) => `${code} ${severity}`).join(', ')}`,
      )
    for (const { code } of faults) notes.set(code, (notes.get(code) ?? 0) + 1)
  }
  console.log(
    `${soundVideoLinks.length} sound video links, ${alarms.length} false alarms; ${JSON.stringify(Object.fromEntries(notes))}`,
  )
  expect(alarms).toEqual([])
}, 900_000)
