import * as tf from '@tensorflow/tfjs-core'
import '@tensorflow/tfjs-backend-cpu'
import '@tensorflow/tfjs-backend-wasm'
import { loadGraphModelSync } from '@tensorflow/tfjs-converter'
import { InferenceSession, Tensor } from 'onnxruntime-node'
import { expect } from 'vitest'
import { type DataTypeName, GraphBuilder, type Model, type Size, toTfjs, writeModel } from '../src/index.js'

/** Numbers with a shape; whole numbers are int64 in ONNX, int32 in TensorFlow.js. */
export interface Numbers {
  readonly dims: readonly number[]
  readonly data: ArrayLike<number>
}

// In Node, the CPU backend's first tensor prints advice to use another package.
tf.env().set('PROD', true)

const devices = ['wasm', 'cpu'] as const

/** Numbers in [-1, 1) from a seed (mulberry32), each a float32. */
export function noise(
  dims: readonly number[],
  seed = 1,
): { readonly dims: readonly number[]; readonly data: Float32Array } {
  let state = seed
  const data = Float32Array.from({ length: dims.reduce((product, size) => product * size, 1) }, () => {
    state = (state + 0x6d2b79f5) | 0
    let t = Math.imul(state ^ (state >>> 15), 1 | state)
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 31 - 1
  })
  return { dims, data }
}

type TypedArray = Float32Array | Int32Array | BigInt64Array | Uint8Array

/** What onnxruntime-node makes of the model. */
export async function runOrt(model: Model, feeds: Readonly<Record<string, Numbers>>): Promise<Record<string, Numbers>> {
  // As written: fusing a Pad into the pool after it, the optimiser makes some graphs that ONNX Runtime then refuses.
  const options = { logSeverityLevel: 4, intraOpNumThreads: 1, graphOptimizationLevel: 'disabled' } as const
  const session = await InferenceSession.create(writeModel(model), options)
  try {
    const results = await session.run(
      Object.fromEntries(
        Object.entries(feeds).map(([name, { dims, data }]) => [
          name,
          new Tensor('float32', Float32Array.from(data), dims),
        ]),
      ),
    )
    return Object.fromEntries(
      Object.entries(results).map(([name, { dims, data }]) => [
        name,
        { dims, data: Float64Array.from(data as TypedArray, Number) },
      ]),
    )
  } finally {
    await session.release()
  }
}

/** What TensorFlow.js makes of the converted model on a device; every tensor is gone after. */
export async function runTfjs(
  model: Model,
  feeds: Readonly<Record<string, Numbers>>,
  device: (typeof devices)[number],
): Promise<Record<string, Numbers>> {
  await tf.setBackend(device)
  const before = tf.memory().numTensors
  const converted = toTfjs(model)
  const { inputs, outputs } = converted.signature
  const network = loadGraphModelSync(converted)
  const results: Record<string, Numbers> = {}
  tf.tidy(() => {
    const fed = Object.entries(feeds).map(([name, { dims, data }]) => [
      inputs[name]!.name,
      tf.tensor(Float32Array.from(data), [...dims]),
    ])
    for (const [name, { name: node }] of Object.entries(outputs)) {
      const tensor = [network.execute(Object.fromEntries(fed), [node])].flat()[0]!
      results[name] = { dims: tensor.shape, data: Float64Array.from(tensor.dataSync()) }
    }
  })
  network.dispose()
  expect(tf.memory().numTensors).toBe(before)
  return results
}

/** Expects the same numbers, but for `tolerance` of their range, and the same sizes. */
export function expectClose(actual: Numbers, expected: Numbers, tolerance: number, what: string): number {
  expect([...actual.dims], what).toEqual([...expected.dims])
  const numbers = Array.from(expected.data)
  const range = Math.max(1, ...numbers.filter(Number.isFinite).map(Math.abs))
  let worst = 0
  for (const [i, number] of numbers.entries()) {
    const got = actual.data[i]!
    if (Object.is(got, number) || got === number) continue
    const error = Math.abs(got - number) / range
    if (!(error <= tolerance)) throw new Error(`${what}: element ${i} is ${got}, ONNX Runtime gives ${number}`)
    worst = Math.max(worst, error)
  }
  return worst
}

/** A graph from input x of `dims`; gives the names of its results. */
export interface Case {
  readonly dims: readonly number[]
  readonly build: (graph: GraphBuilder, x: string) => string | readonly string[]
  readonly opset?: number
  readonly tolerance?: number
  /** Element type of the results; default float32. */
  readonly dtype?: DataTypeName
  /** Whether sizes that only a run tells are tried; default true. */
  readonly symbolic?: boolean
  readonly data?: ArrayLike<number>
}

/** Builds the graph of a case, its input of these declared sizes. */
export function modelOf({ build, opset = 17, dtype = 'float32' }: Case, sizes: readonly Size[]): Model {
  const graph = new GraphBuilder('case')
  const results = [build(graph, graph.input('x', 'float32', sizes))].flat()
  for (const [i, result] of results.entries()) graph.output(`y${i}`, dtype, [], result)
  const model = graph.build({ opset })
  // The results' ranks are left to inference: these graphs are built to be short.
  for (const output of model.graph.outputs) delete output.type!.tensorType!.shape
  return model
}

/** Runs a case on ONNX Runtime and on every device of TensorFlow.js, its height and width (and the rest) known and unknown. */
export async function expectSame(it: Case): Promise<number> {
  const { dims, tolerance = 1e-5, symbolic = true } = it
  const feeds = { x: { dims, data: it.data ?? noise(dims, 7).data } }
  const shapes: (readonly Size[])[] = [dims]
  if (symbolic) shapes.push(dims.map((size, axis) => (axis === 1 ? size : `size${axis}`)))
  let worst = 0
  for (const shape of shapes) {
    const model = modelOf(it, shape)
    const expected = await runOrt(model, feeds)
    for (const device of devices) {
      const actual = await runTfjs(model, feeds, device)
      for (const [name, numbers] of Object.entries(expected)) {
        worst = Math.max(worst, expectClose(actual[name]!, numbers, tolerance, `${name} of [${shape}] on ${device}`))
      }
    }
  }
  return worst
}
