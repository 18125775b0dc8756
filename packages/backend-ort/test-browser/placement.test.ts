import { ort } from '@i2i/backend-ort'
import type { ModelBytes } from '@i2i/core'
import { GraphBuilder } from '@i2i/onnx'
import { expect, test } from 'vitest'
import { bytesOf } from '../test/models.js'

/** y = relu(x), or round(relu(x)): WebGPU has a kernel for Relu, and none for Round. */
function model(round: boolean): ModelBytes {
  const graph = new GraphBuilder()
  const x = graph.input('x', 'float32', ['length'])
  if (round) graph.node('Round', [graph.node('Relu', [x])], {}, { as: 'y' })
  else graph.node('Relu', [x], {}, { as: 'y' })
  graph.output('y', 'float32', ['length'])
  return bytesOf(graph.build())
}

const x = { location: 'cpu', dtype: 'float32', dims: [4], data: Float32Array.of(-1, 0.4, 1.6, 2) } as const

test('a model that runs on the GPU whole is listed node by node', async () => {
  await using session = await ort().openSession(model(false), { device: 'webgpu' })
  expect(session.fallback).toBeUndefined()
  expect(await session.placement?.()).toEqual([{ node: 'Relu_0', op: 'Relu', provider: 'WebGpuExecutionProvider' }])
})

test('nodes without a GPU kernel run on the CPU: the session says so, and that it cannot tell which', async () => {
  await using session = await ort().openSession(model(true), { device: 'webgpu' })
  expect(session.fallback).toMatch(/run on the CPU/)
  expect(await session.run({ x })).toMatchObject({ y: { data: Float32Array.of(0, 0, 2, 2) } })
  await expect(session.placement?.()).rejects.toMatchObject({ code: 'MODEL_UNSUPPORTED' })
})

test('on WASM every node is on the CPU', async () => {
  await using session = await ort().openSession(model(true), { device: 'wasm' })
  expect(session.fallback).toBeUndefined()
  const placed = await session.placement?.()
  expect(placed?.map(({ op, provider }) => [op, provider])).toEqual([
    ['Relu', 'CPUExecutionProvider'],
    ['Round', 'CPUExecutionProvider'],
  ])
})

test('an output that no GPU buffer can hold is MODEL_UNSUPPORTED', async () => {
  const graph = new GraphBuilder()
  graph.node('Cast', [graph.input('x', 'float32', ['length'])], { to: 3 }, { as: 'y' })
  graph.output('y', 'int8', ['length'])
  await using session = await ort().openSession(bytesOf(graph.build()), { device: 'webgpu' })
  await expect(session.run({ x })).rejects.toMatchObject({
    code: 'MODEL_UNSUPPORTED',
    message: expect.stringMatching(/int8/),
  })
})
