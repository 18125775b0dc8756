import { execFileSync, spawnSync } from 'node:child_process'
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { ort } from '@i2i/backend-ort'
import { load, openColorEngine } from '@i2i/core'
import { directoryDump } from '@i2i/core/node'
import { InferenceSession, Tensor } from 'onnxruntime-node'
import sharp from 'sharp'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { readNpy } from './support/npy.js'
import { astronaut, part, pixelsOf, root, toonManifest } from './support/pictures.js'

const photo = part(await astronaut(), 150, 20, 100, 72)
let folder: string
let dir: string

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'i2i-dump-'))
  dir = join(folder, 'toon.i2idump')
  const dump = directoryDump(dir)
  await using toon = await load(toonManifest, { backend: ort(), dump })
  await toon.translate(photo)
  using color = await openColorEngine({ engine: 'reference' })
  await toon.translate(color.convert(photo, { format: 'I420' }))
  await dump.close()
})
afterAll(async () => {
  await rm(folder, { recursive: true })
})

it('holds the files of the layout, whole calls only', async () => {
  expect((await readdir(dir)).sort()).toEqual(['0001', '0002', 'manifest.json'])
  expect((await readdir(join(dir, '0001'))).sort()).toEqual([
    'call.json',
    'model_input.input.npy',
    'model_output.image.npy',
    'model_output.mask.npy',
    'sdk_input.npy',
    'sdk_input.png',
    'sdk_output.mask.npy',
    'sdk_output.mask.png',
    'sdk_output.npy',
    'sdk_output.png',
  ])
  const planes = (await readdir(join(dir, '0002'))).filter((name) => name.startsWith('sdk_input'))
  expect(planes.sort()).toEqual(['sdk_input.png', 'sdk_input.u.npy', 'sdk_input.v.npy', 'sdk_input.y.npy'])
})

it('re-running plain onnxruntime on the dumped model input gives the dumped model output', async () => {
  const input = await readNpy(join(dir, '0001', 'model_input.input.npy'))
  const session = await InferenceSession.create(fileURLToPath(new URL('models/toon/toon.onnx', root)))
  const results = await session.run({ input: new Tensor('float32', input.data as Float32Array, [...input.shape]) })
  await session.release()
  for (const name of ['image', 'mask']) {
    const dumped = await readNpy(join(dir, '0001', `model_output.${name}.npy`))
    expect(dumped.shape).toEqual(results[name]?.dims)
    expect(bytesOf(dumped.data)).toEqual(bytesOf(results[name]?.data as Float32Array))
  }
})

it('keeps the pictures, as numbers and as PNG', async () => {
  const npy = await readNpy(join(dir, '0001', 'sdk_input.npy'))
  expect([npy.descr, ...npy.shape]).toEqual(['|u1', 72, 100, 4])
  expect(npy.data).toEqual(pixelsOf(photo))
  const png = await sharp(join(dir, '0001', 'sdk_input.png'))
    .ensureAlpha()
    .raw()
    .toBuffer()
  expect(new Uint8Array(png)).toEqual(pixelsOf(photo))
})

it('says what was done: hashes, statistics, geometry, timings', async () => {
  const run = JSON.parse(await readFile(join(dir, 'manifest.json'), 'utf8'))
  expect(run).toMatchObject({ schemaVersion: 1, backend: 'onnxruntime-node', device: 'cpu' })
  expect(JSON.stringify(run)).toMatch(/"sha256":"[0-9a-f]{64}"/)
  const call = JSON.parse(await readFile(join(dir, '0001', 'call.json'), 'utf8'))
  const text = JSON.stringify(call)
  expect(text).toContain('"transform":[1,0,0,0,1,0]')
  expect(text).toMatch(/"cold":true/)
  expect(text).toMatch(/"nanCount":0/)
})

it('loads with numpy', ({ skip }) => {
  const python = ['python3', '/usr/bin/python3'].find((path) => spawnSync(path, ['-c', 'import numpy']).status === 0)
  if (!python) return skip('no python3 with numpy is installed; .ci/run installs one')
  const script = `
import glob, json, sys, numpy as np
out = {}
for path in sorted(glob.glob(sys.argv[1] + '/*/*.npy')):
    a = np.load(path, allow_pickle=False)
    assert a.flags.c_contiguous, path
    out[path[len(sys.argv[1]) + 1:]] = [str(a.dtype), list(a.shape), float(a.astype('f8').mean())]
print(json.dumps(out))
`
  const loaded = JSON.parse(execFileSync(python, ['-c', script, dir], { encoding: 'utf8' }))
  expect(Object.keys(loaded)).toHaveLength(16)
  const pixels = pixelsOf(photo)
  const mean = pixels.reduce((sum, value) => sum + value, 0) / pixels.length
  const [dtype, shape, numpyMean] = loaded['0001/sdk_input.npy']
  expect([dtype, shape]).toEqual(['uint8', [72, 100, 4]])
  expect(numpyMean).toBeCloseTo(mean, 9)
  expect(loaded['0001/model_input.input.npy'].slice(0, 2)).toEqual(['float32', [1, 3, 80, 112]])
  expect(loaded['0002/sdk_input.u.npy'].slice(0, 2)).toEqual(['uint8', [36, 50]])
})

it('follows I2I_DUMP without a change of code', async () => {
  const target = join(folder, 'from-environment')
  process.env['I2I_DUMP'] = target
  try {
    const toon = await load(toonManifest, { backend: ort(), identity: true })
    await toon.translate(photo)
    await toon.dispose()
    expect(toon.decisions.filter(({ choice }) => choice === 'no dump')).toEqual([])
  } finally {
    delete process.env['I2I_DUMP']
  }
  expect(await readdir(join(target, '0001'))).toContain('sdk_output.png')
})

it('a dump that cannot be written fails no call, and says so when closed', async () => {
  const dump = directoryDump(join(toonFile(), 'below-a-file'))
  await using toon = await load(toonManifest, { backend: ort(), identity: true, dump })
  const { image } = await toon.translate(photo)
  expect(pixelsOf(image)).toEqual(pixelsOf(photo))
  await expect(dump.close()).rejects.toMatchObject({ code: 'DUMP_FAILED' })
})

function bytesOf({ buffer, byteOffset, byteLength }: ArrayBufferView): Buffer {
  return Buffer.from(buffer as ArrayBuffer, byteOffset, byteLength)
}

function toonFile(): string {
  return fileURLToPath(toonManifest)
}
