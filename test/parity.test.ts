import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { ort } from '@i2i/backend-ort'
import { load } from '@i2i/core'
import { directoryDump } from '@i2i/core/node'
import { readTensor, tensorData } from '@i2i/onnx'
import { compareDumps } from '@i2i/parity'
import { exportDump, readDump } from '@i2i/parity/node'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { readNpy } from './support/npy.js'
import { astronaut, part, root, toonManifest } from './support/pictures.js'

const python = process.env['PYTHON'] ?? 'python3'
const pythonHas = (...packages: readonly string[]): boolean =>
  spawnSync(python, ['-c', `import ${packages.join(', ')}`]).status === 0

let folder: string
let dir: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'i2i-parity-'))
  dir = join(folder, 'toon.i2idump')
  const dump = directoryDump(dir)
  await using toon = await load(toonManifest, { backend: ort({ threads: 1 }), dump })
  for (const x of [100, 150]) await toon.translate(part(await astronaut(), x, 20, 48, 40))
  await dump.close()
})
afterAll(async () => {
  await rm(folder, { recursive: true })
})

const npy = async (call: string, name: string) => await readNpy(join(dir, call, `${name}.npy`))
const hex = ({ buffer, byteOffset, byteLength }: ArrayBufferView) =>
  Buffer.from(buffer as ArrayBuffer, byteOffset, byteLength).toString('hex')

describe('exportDump', () => {
  test('ONNX test data: one set for each call, the tensors by name', async () => {
    const paths = await exportDump(dir, 'onnx-testdata', { out: join(folder, 'onnx') })
    expect(paths.map((path) => path.slice(join(folder, 'onnx/').length)).sort()).toEqual([
      'test_data_set_0/input_0.pb',
      'test_data_set_0/output_0.pb',
      'test_data_set_0/output_1.pb',
      'test_data_set_1/input_0.pb',
      'test_data_set_1/output_0.pb',
      'test_data_set_1/output_1.pb',
    ])
    for (const [file, npyName, name] of [
      ['input_0', 'model_input.input', 'input'],
      ['output_1', 'model_output.mask', 'mask'],
    ] as const) {
      const tensor = readTensor(await readFile(join(folder, 'onnx', 'test_data_set_1', `${file}.pb`)))
      const wanted = await npy('0002', npyName)
      expect([tensor.name, tensor.dims]).toEqual([name, wanted.shape])
      expect(hex(tensorData(tensor))).toBe(hex(wanted.data))
    }
  })

  test("Polygraphy: the arrays are .npy files in base64, under Polygraphy's own keys", async () => {
    await exportDump(dir, 'polygraphy', { out: folder })
    const inputs = JSON.parse(await readFile(join(folder, 'inputs.json'), 'utf8'))
    expect(inputs).toHaveLength(2)
    expect(Object.keys(inputs[0])).toEqual(['input'])
    expect(inputs[0].input.polygraphy_class).toBe('ndarray')
    expect(Buffer.from(inputs[1].input.array, 'base64')).toEqual(
      await readFile(join(dir, '0002', 'model_input.input.npy')),
    )
    const { lst, polygraphy_class: kind } = JSON.parse(await readFile(join(folder, 'outputs.json'), 'utf8'))
    const [[runner, iterations]] = lst
    expect([kind, runner, iterations.length]).toEqual(['RunResults', 'onnxruntime-node', 2])
    expect(iterations[0]).toMatchObject({ polygraphy_class: 'IterationResult', runner_name: runner })
    expect(Object.keys(iterations[0].outputs)).toEqual(['image', 'mask'])
    expect(Buffer.from(iterations[0].outputs.mask.values.array, 'base64')).toEqual(
      await readFile(join(dir, '0001', 'model_output.mask.npy')),
    )
  })

  // PYTHON names an interpreter that has both; where none has, the tests above are what is left.
  test.skipIf(!pythonHas('onnx', 'polygraphy'))('Polygraphy and onnx themselves read the exports', async () => {
    const out = join(folder, 'for-python')
    for (const format of ['polygraphy', 'onnx-testdata'] as const) await exportDump(dir, format, { out })
    const script = new URL('fixtures/exports.py', import.meta.url).pathname
    const { status, stdout, stderr } = spawnSync(python, [script, dir, out], { encoding: 'utf8' })
    expect(status, stderr).toBe(0)
    expect(stdout).toMatch(/read\n$/)
  })

  test('safetensors: a header that accounts for every byte', async () => {
    const [path = ''] = await exportDump(dir, 'safetensors', { out: join(folder, 'safe') })
    const bytes = await readFile(path)
    const length = Number(bytes.readBigUInt64LE())
    expect((8 + length) % 8).toBe(0)
    const header = JSON.parse(bytes.subarray(8, 8 + length).toString())
    const { dtype, shape, data_offsets: at } = header['model_output.image']
    const wanted = await npy('0001', 'model_output.image')
    expect([dtype, shape]).toEqual(['F32', wanted.shape])
    expect(bytes.subarray(8 + length + at[0], 8 + length + at[1]).toString('hex')).toBe(hex(wanted.data))
    const ends = Object.values(header).map((entry) => (entry as { data_offsets?: number[] }).data_offsets?.[1] ?? 0)
    expect(Math.max(...ends)).toBe(bytes.length - 8 - length)
  })

  test('refuses a redacted dump and a format that there is not', async () => {
    const hidden = join(folder, 'hidden')
    const dump = directoryDump(hidden, { redact: ['modelInput'] })
    await using toon = await load(toonManifest, { backend: ort({ threads: 1 }), identity: true, dump })
    await toon.translate(part(await astronaut(), 0, 0, 16, 16))
    await dump.close()
    await expect(exportDump(hidden, 'polygraphy')).rejects.toMatchObject({ code: 'OPTION_INVALID' })
    await expect(exportDump(dir, 'csv' as 'polygraphy')).rejects.toThrow('polygraphy, onnx-testdata or safetensors')
  })
})

test('a process that is killed in the middle leaves every finished call readable, and the next run goes on', async () => {
  const target = join(folder, 'killed')
  const script = join(folder, 'killed.mjs')
  const url = (path: string) => new URL(path, root).href
  await writeFile(
    script,
    `import { directoryDump } from '${url('packages/core/dist/node.js')}'
const sink = directoryDump(${JSON.stringify(target)})
const data = new Float32Array(200_000).fill(0.5)
await sink.begin({ model: { id: 'killed' } })
for (let call = 1; call <= 2000; call++) {
  for (const name of ['a', 'b', 'c'])
    await sink.write({ call, stage: 'modelOutput', name, meta: {}, tensor: { location: 'cpu', dtype: 'float32', dims: [200_000], data } })
  await sink.end(call, { outcome: 'ok' })
  console.log(call)
}`,
  )
  const child = spawn(process.execPath, [script], { stdio: ['ignore', 'pipe', 'inherit'] })
  let finished = 0
  for await (const chunk of child.stdout) {
    finished = Number(String(chunk).trim().split('\n').at(-1))
    if (finished >= 20) break
  }
  child.kill('SIGKILL')
  if (child.exitCode === null && child.signalCode === null) await once(child, 'exit')
  expect(child.signalCode).toBe('SIGKILL')
  const { calls } = await readDump(target)
  expect(calls.length).toBeGreaterThanOrEqual(20)
  expect(calls.every(({ outcome, tensors }) => outcome === 'ok' && tensors.length === 3)).toBe(true)
  const next = directoryDump(target)
  await next.begin?.({})
  await next.end?.(1, { outcome: 'ok' })
  await next.close()
  const visible = (await readdir(target)).filter((name) => /^\d/.test(name))
  expect(visible.length).toBe(calls.length + 1)
}, 60_000)

test('two dumps of one program are identical; an identity model diverges at the model output', async () => {
  const again = join(folder, 'again')
  const identity = join(folder, 'identity')
  for (const [path, swap] of [
    [again, false],
    [identity, true],
  ] as const) {
    const dump = directoryDump(path)
    await using toon = await load(toonManifest, { backend: ort({ threads: 1 }), identity: swap, dump })
    for (const x of [100, 150]) await toon.translate(part(await astronaut(), x, 20, 48, 40))
    await dump.close()
  }
  const [first, second, other] = [await readDump(dir), await readDump(again), await readDump(identity)]
  expect(await compareDumps(first, second)).toMatchObject({ equal: true })
  expect(await compareDumps(first, other)).toMatchObject({ equal: false, firstDivergence: 'modelOutput' })
  expect(second.run).toMatchObject({ versions: { 'onnxruntime-node': expect.stringMatching(/^1\./) } })
  expect(second.calls[0]?.about).toMatchObject({ exact: { kernel: 'none', layout: 'NCHW', channels: 'RGB' } })
})
