import { readFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { ort } from '@i2i/backend-ort'
import { ort as wasmOrt } from '@i2i/backend-ort/web'
import { load, memoryDump, type Tensor } from '@i2i/core'
import { GraphBuilder, type Model, type OnnxTensor, readModel, tensorData, writeModel } from '@i2i/onnx'
import { type Bisection, bisect } from '@i2i/parity'
import { beforeAll, describe, expect, test } from 'vitest'
import { astronaut, part, root, toonManifest } from './support/pictures.js'

const runtime = ort({ threads: 1 })

describe('on the toon model', () => {
  let toon: Uint8Array
  let feeds: Record<string, Tensor>
  beforeAll(async () => {
    toon = await readFile(fileURLToPath(new URL('models/toon/toon.onnx', root)))
    const dump = memoryDump()
    await using translator = await load(toonManifest, { backend: runtime, identity: true, dump })
    await translator.translate(part(await astronaut(), 150, 20, 64, 48))
    const inputs = dump.entries.filter(({ stage }) => stage === 'modelInput')
    feeds = Object.fromEntries(inputs.map(({ name, tensor }) => [name, tensor as Tensor]))
  })

  const against = async (altered: Model): Promise<Bisection> =>
    await bisect({
      a: { model: writeModel(altered), backend: runtime },
      b: { model: toon, backend: runtime },
      feeds,
    })

  test.each([0, 5, 11])('one altered weight of convolution %i is named by its node', async (nth) => {
    const altered = readModel(toon)
    const conv = altered.graph.nodes.filter(({ opType }) => opType === 'Conv')[nth]!
    const weight = altered.graph.initializers.find(({ name }) => name === conv.inputs[1])!
    changeNumber(weight, 40)
    const found = await against(altered)
    expect(found).toMatchObject({
      equal: false,
      first: { node: conv.name, op: 'Conv', tensor: conv.outputs[0], weights: [weight.name] },
    })
    expect(found.verdict).toContain(conv.name)
    expect(found.trace.slice(0, -1).every(({ maxAbs }) => maxAbs === 0)).toBe(true)
  })

  test('an altered weight that this input does not show is named all the same', async () => {
    const altered = readModel(toon)
    const conv = altered.graph.nodes.find(({ opType }) => opType === 'Conv')!
    const weight = altered.graph.initializers.find(({ name }) => name === conv.inputs[1])!
    changeNumber(weight, 0, 1e-7)
    const found = await against(altered)
    expect(found).toMatchObject({ equal: false, altered: [{ node: conv.name, weights: [weight.name] }] })
    expect(found).not.toHaveProperty('first')
    expect(found.verdict).toMatch(/weights of Conv_0 .* differ, though no value does/)
  })

  test('the first of two altered nodes is named, and a node changed in kind as well', async () => {
    const altered = readModel(toon)
    const relus = altered.graph.nodes.filter(({ opType }) => opType === 'Relu')
    for (const relu of [relus[3]!, relus[6]!]) relu.opType = 'Tanh'
    expect(await against(altered)).toMatchObject({ first: { node: relus[3]!.name, op: 'Tanh', weights: [] } })
  })

  test('two runtimes agree on every node', async () => {
    const a = { model: toon, backend: wasmOrt() }
    const found = await bisect({ a, b: { model: toon, backend: runtime }, feeds, chunk: 7 })
    expect(found).toMatchObject({ equal: true, skipped: [] })
    expect(found.compared).toBe(readModel(toon).graph.nodes.length)
  })
})

describe('on small graphs', () => {
  const x: Tensor = { location: 'cpu', dtype: 'float32', dims: [4], data: Float32Array.of(-1, 0.5, 2, 3) }

  function graph(scale: number, names = ['halves', 'chosen', 'y']): Uint8Array {
    const [halves = '', chosen = '', y = ''] = names
    const g = new GraphBuilder()
    const input = g.input('x', 'float32', ['n'])
    // A truth value between the floats: no tensor of ours holds doubles or the like.
    const positive = g.node('Greater', [input, g.constant(Float32Array.of(0), [1])])
    const double = g.node('Cast', [input], { to: 11 })
    const back = g.node('Cast', [double], { to: 1 })
    const half = g.node('Mul', [back, g.constant(Float32Array.of(scale), [1])], {}, { as: halves })
    g.node('Where', [positive, half, input], {}, { as: chosen })
    g.output(y, 'float32', ['n'], chosen)
    return writeModel(g.build())
  }
  const run = (a: Uint8Array, b: Uint8Array) =>
    bisect({ a: { model: a, backend: runtime }, b: { model: b, backend: runtime }, feeds: { x } })

  test('values of types that no tensor holds are left out, and said to be', async () => {
    const found = await run(graph(0.5), graph(0.5))
    expect(found.equal).toBe(true)
    expect(found.skipped.map(({ reason }) => reason).join()).toMatch(/float64/)
    expect(await run(graph(0.25), graph(0.5))).toMatchObject({ first: { tensor: 'halves', op: 'Mul' } })
  })

  test('models without a value of one name are refused', async () => {
    const strange = new GraphBuilder()
    strange.output(
      'other',
      'float32',
      ['n'],
      strange.node('Neg', [strange.input('x', 'float32', ['n'])], {}, { as: 'q' }),
    )
    await expect(run(graph(0.5), writeModel(strange.build()))).rejects.toMatchObject({ code: 'OPTION_INVALID' })
  })
})

function changeNumber(weight: OnnxTensor, at: number, by = 0.05): void {
  const numbers = Float32Array.from(tensorData(weight) as Float32Array)
  numbers[at]! += by
  weight.rawData = new Uint8Array(numbers.buffer)
}
