import { execFileSync } from 'node:child_process'
import { readdirSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { isI2iError } from '@i2i/core'
import { GraphBuilder } from '@i2i/onnx'
import { expect, test } from 'vitest'
import { ort } from '../src/index.js'
import { bytesOf } from './models.js'

// scripts/test.mjs finds SwiftShader's Vulkan driver, which Chromium brings; the default is where Debian's package has it.
process.env['VK_ICD_FILENAMES'] ??= process.env['SWIFTSHADER_ICD'] ?? '/usr/lib/chromium/vk_swiftshader_icd.json'

/** y = round(relu(x)): WebGPU has a kernel for Relu, and none for Round. */
function mixed() {
  const graph = new GraphBuilder()
  const x = graph.input('x', 'float32', ['length'])
  const positive = graph.node('Relu', [x])
  graph.node('Round', [positive], {}, { as: 'y' })
  graph.output('y', 'float32', ['length'])
  return bytesOf(graph.build())
}

function pure() {
  const graph = new GraphBuilder()
  const x = graph.input('x', 'float32', ['length'])
  graph.node('Relu', [x], {}, { as: 'y' })
  graph.output('y', 'float32', ['length'])
  return bytesOf(graph.build())
}

const x = { location: 'cpu', dtype: 'float32', dims: [4], data: Float32Array.of(-1, 0.4, 1.6, 2) } as const
const profiles = () => readdirSync(tmpdir()).filter((name) => name.startsWith('i2i-profile-'))

test('a model that runs on the GPU whole says nothing, and placement shows it', async () => {
  await using session = await ort().openSession(pure(), { device: 'webgpu' })
  expect(session.fallback).toBeUndefined()
  expect(await session.placement?.()).toEqual([{ node: 'Relu_0', op: 'Relu', provider: 'WebGpuExecutionProvider' }])
  expect(profiles()).toEqual([])
})

test('nodes without a GPU kernel run on the CPU, and the session says so', async () => {
  await using session = await ort().openSession(mixed(), { device: 'webgpu' })
  expect(session.fallback).toMatch(/run on the CPU/)
  expect(await session.run({ x })).toMatchObject({ y: { data: Float32Array.of(0, 0, 2, 2) } })
  const placed = await session.placement?.()
  expect(placed).toContainEqual({ node: 'Relu_0', op: 'Relu', provider: 'WebGpuExecutionProvider' })
  expect(placed).toContainEqual({ node: 'Round_1', op: 'Round', provider: 'CPUExecutionProvider' })
  expect(await session.run({ x })).toMatchObject({ y: { data: Float32Array.of(0, 0, 2, 2) } })
})

test('a caller who forbids the CPU gets an error', async () => {
  const sessionOptions = { extra: { session: { disable_cpu_ep_fallback: '1' } }, logSeverityLevel: 4 }
  const error: unknown = await ort({ sessionOptions })
    .openSession(mixed(), { device: 'webgpu' })
    .catch((reason: unknown) => reason)
  if (!isI2iError(error, 'MODEL_UNSUPPORTED')) throw error
  expect(error.message).toMatch(/CPU EP/)
})

test('GPU tensors are refused: the device is not shared', async () => {
  await using session = await ort().openSession(pure(), { device: 'webgpu' })
  expect(session.gpuDevice).toBeUndefined()
  await expect(session.run({ x }, { location: 'gpu' })).rejects.toMatchObject({ code: 'OPTION_INVALID' })
})

test('placement on the CPU, and after dispose', async () => {
  const session = await ort().openSession(mixed())
  const placed = await session.placement?.()
  expect(placed?.map(({ op, provider }) => [op, provider])).toEqual([
    ['Relu', 'CPUExecutionProvider'],
    ['Round', 'CPUExecutionProvider'],
  ])
  await session.dispose()
  await expect(session.placement?.()).rejects.toMatchObject({ code: 'DISPOSED' })
})

test('without an adapter, webgpu is not available, with the reason of ONNX Runtime', () => {
  // A process of its own: Dawn reads the environment once.
  const program = `
    import { ort } from '@i2i/backend-ort'
    const devices = await ort().devices()
    const model = { format: 'onnx', entry: 'm', files: new Map([['m', new Uint8Array(8)]]) }
    const error = await ort().openSession(model, { device: 'webgpu' }).catch((error) => error)
    console.log(JSON.stringify([devices.find(({ device }) => device === 'webgpu'), error.code, error.message]))`
  const env = { ...process.env, VK_ICD_FILENAMES: '/nowhere.json' }
  const run = ['--input-type=module', '--eval', program]
  const [device, code, message] = JSON.parse(
    execFileSync(process.execPath, run, { cwd: new URL('.', import.meta.url), env, encoding: 'utf8', stdio: 'pipe' }),
  )
  expect(device).toMatchObject({ available: false, reason: expect.stringMatching(/^Failed to get a WebGPU adapter/) })
  expect([code, message]).toEqual(['BACKEND_UNAVAILABLE', expect.stringMatching(/webgpu.*adapter/)])
})
