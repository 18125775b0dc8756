import { rawImage, type Tensor } from '@i2i/core'
import { describe, expect, test } from 'vitest'
import { compareDumps, type DumpComparison } from '../src/dump/compare.js'
import { readDump } from '../src/node/read-dump.js'
import { type CallParts, dumped, parts } from './dump-folder.js'

type Options = Parameters<typeof dumped>[2]

let count = 0

async function compared(change: Partial<CallParts>, options: Options = {}): Promise<DumpComparison> {
  const a = await readDump(await dumped(`a${++count}`, [{}, change], options))
  const b = await readDump(await dumped(`b${count}`, [{}, {}]))
  return await compareDumps(a, b)
}

const nudged = (tensor: Tensor, at: number, by: number): Tensor => {
  if (tensor.location !== 'cpu' || !(tensor.data instanceof Float32Array)) throw new Error('float32 on the CPU')
  const data = tensor.data.slice()
  data[at]! += by
  return { ...tensor, data }
}

const stepped = (stage: 'sdkInput' | 'sdkOutput', by: number) => {
  const image = parts()[stage]
  const data = Uint8Array.from(image.planes[0]!.data)
  data[100]! += by
  return { [stage]: rawImage({ format: 'RGB', width: 12, height: 13, data }) }
}

test('equal dumps are identical in every stage', async () => {
  const comparison = await compared({})
  expect(comparison).toMatchObject({ equal: true, verdict: 'Both calls are identical in every stage.' })
  expect(comparison.calls[1]!.stages.map(({ stage, verdict }) => `${stage} ${verdict}`)).toEqual([
    'sdkInput identical',
    'modelInput identical',
    'modelOutput identical',
    'sdkOutput identical',
  ])
})

test.each([
  ['sdkInput', stepped('sdkInput', 1)],
  // A packer that gives other bits from the same picture is a fault, however small.
  ['modelInput', { modelInput: nudged(parts().modelInput, 77, 1e-6) }],
  ['modelOutput', { modelOutput: nudged(parts().modelOutput, 77, 0.01) }],
  ['sdkOutput', stepped('sdkOutput', 1)],
] as const)('dumps that differ by %s alone name it', async (stage, change) => {
  const comparison = await compared(change)
  expect(comparison).toMatchObject({ equal: false, firstDivergence: stage })
  expect(comparison.verdict).toContain(`diverge first at ${stage} in call 0002`)
  const found = comparison.calls[1]!.stages.filter(({ verdict }) => verdict !== 'identical')
  expect(found.map(({ stage: differing, verdict }) => [differing, verdict])).toEqual([[stage, 'differs']])
  const { comparison: numbers } = found[0]!.arrays[0]!
  expect(numbers).toMatchObject({ outside: 1, first: numbers!.worst })
  expect(comparison.calls[0]).not.toHaveProperty('firstDivergence')
})

test('the stage named is the first, though later ones differ more', async () => {
  const change = { modelInput: nudged(parts().modelInput, 3, 0.5), modelOutput: nudged(parts().modelOutput, 3, 50) }
  expect((await compared({ ...change, ...stepped('sdkOutput', 90) })).firstDivergence).toBe('modelInput')
})

test('another runtime may sum in another order, and the last picture be a step off then', async () => {
  const change = { modelOutput: nudged(parts().modelOutput, 3, 5e-4), ...stepped('sdkOutput', 1) }
  const across = await compared(change, { run: { backend: 'tfjs' } })
  expect(across).toMatchObject({ equal: true, verdict: expect.stringContaining('within tolerance') })
  expect(
    (await compared({ ...change, ...stepped('sdkOutput', 2) }, { run: { backend: 'tfjs' } })).firstDivergence,
  ).toBe('sdkOutput')
  // On one runtime the same difference is too large.
  expect((await compared(change)).firstDivergence).toBe('modelOutput')
})

test('int8 is held to a PSNR', async () => {
  const run = { model: { id: 'toon', variant: { precision: 'int8' } } }
  const one = { modelOutput: nudged(parts().modelOutput, 3, 0.2) }
  expect(await compared(one, { run })).toMatchObject({ equal: true })
  expect(await compared({ modelOutput: nudged(parts().modelOutput, 3, 9) }, { run })).toMatchObject({ equal: false })
})

test('NaN, other shapes, missing stages and missing calls are divergences', async () => {
  expect((await compared({ modelOutput: nudged(parts().modelOutput, 3, Number.NaN) })).firstDivergence).toBe(
    'modelOutput',
  )
  const { modelInput } = parts()
  expect((await compared({ modelInput: { ...modelInput, dims: [1, 3, 12, 13] } })).firstDivergence).toBe('modelInput')
  const without = await readDump(await dumped('without', [{}], { sink: { stages: ['sdkInput', 'sdkOutput'] } }))
  const whole = await readDump(await dumped('whole', [{}, {}]))
  expect(await compareDumps(without, whole)).toMatchObject({ equal: false, firstDivergence: 'modelInput' })
  const one = await readDump(await dumped('one', [{}]))
  const more = await compareDumps(one, whole)
  expect(more).toMatchObject({
    equal: false,
    unpaired: [0, 1],
    verdict: 'The call in both agrees, but one dump has 1 more.',
  })
  expect((await compareDumps(await readDump(await dumped('none', [])), one)).equal).toBe(false)
})

test('a redacted stage is told by its hash', async () => {
  const redact = { sink: { redact: ['sdkInput', 'modelOutput'] } }
  const hidden = await readDump(await dumped('hidden', [{}], redact))
  const same = await compareDumps(hidden, await readDump(await dumped('same', [{}])))
  expect(same).toMatchObject({ equal: true })
  const other = await readDump(await dumped('other', [stepped('sdkInput', 1)]))
  expect(await compareDumps(hidden, other)).toMatchObject({ equal: false, firstDivergence: 'sdkInput' })
})

describe('a redacted stage that need not be exact is told by its statistics', () => {
  const redact = { sink: { redact: ['modelOutput'] }, run: { backend: 'tfjs' } } as const
  const against = async (change: Partial<CallParts>, run = {}) => {
    const hidden = await readDump(await dumped('hidden', [{}], { ...redact, run: { ...redact.run, ...run } }))
    return await compareDumps(hidden, await readDump(await dumped('shown', [change])))
  }
  const moved = (by: (value: number, i: number) => number): Partial<CallParts> => {
    const { modelOutput } = parts()
    if (modelOutput.location !== 'cpu' || !(modelOutput.data instanceof Float32Array)) throw new Error('float32')
    return { modelOutput: { ...modelOutput, data: modelOutput.data.map(by) } }
  }

  test('within them nothing is told, and the verdict says so', async () => {
    const comparison = await against(moved((value) => value + 1e-4))
    expect(comparison).toMatchObject({ equal: true, verdict: expect.stringContaining('statistics within tolerance') })
    const array = comparison.calls[0]!.stages[2]!.arrays[0]
    expect(array).toMatchObject({ verdict: 'unknown', reason: expect.stringContaining('redacted') })
  })

  test.each([
    ['mean', (value: number) => value * 0.5 + 0.4, /(min|max|mean|std) .* against/],
    ['extreme', (value: number, i: number) => (i === 9 ? 7 : value), /max 1 against 7|max 0\.99\d+ against 7/],
    ['NaN', (value: number, i: number) => (i === 9 ? Number.NaN : value), /0 against 1 NaN/],
  ])('another %s is a divergence', async (_name, by, reason) => {
    const comparison = await against(moved(by))
    expect(comparison).toMatchObject({ equal: false, firstDivergence: 'modelOutput' })
    expect(comparison.calls[0]!.stages[2]!.arrays[0]!.reason).toMatch(reason)
  })

  test('int8 is held to a PSNR, which single numbers may miss', async () => {
    const int8 = { model: { id: 'toon', variant: { precision: 'int8' } } }
    expect(
      await against(
        moved((value, i) => (i === 9 ? 1.4 : value)),
        int8,
      ),
    ).toMatchObject({ equal: true })
    expect(
      await against(
        moved((value) => value + 0.3),
        int8,
      ),
    ).toMatchObject({ equal: false })
  })
})
