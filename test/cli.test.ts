import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { readImage } from '@i2i/core/node'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { astronaut, maxDifference, meanDifference, photoPath, rootPath } from './support/pictures.js'

const command = join(rootPath, 'packages/cli/bin/i2i.js')
const model = join(rootPath, 'models/toon')
let folder: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'i2i-cli-'))
})
afterAll(async () => {
  await rm(folder, { recursive: true })
})

function i2i(...args: readonly string[]): Promise<{ code: number; out: string; err: string }> {
  return new Promise((resolve) => {
    execFile(process.execPath, [command, ...args], { cwd: folder }, (error, out, err) => {
      resolve({ code: error ? Number(error.code) : 0, out, err })
    })
  })
}

it('run: writes the picture, masks, a dump, and a report that programs read', async () => {
  const { code, out, err } = await i2i(
    'run',
    photoPath,
    '-m',
    model,
    '-o',
    'toon.png',
    '--outputs',
    '--dump',
    'dump',
    '--json',
  )
  expect([code, err]).toEqual([0, ''])
  const report = JSON.parse(out)
  expect(report).toMatchObject({
    backend: 'onnxruntime-node',
    device: 'cpu',
    files: ['toon.png', 'toon.mask.png', 'dump'],
  })
  expect(report.output).toMatchObject({ width: 512, height: 512 })
  expect(meanDifference(await readImage(join(folder, 'toon.png')), await astronaut())).toBeGreaterThan(5)
  expect(await readdir(join(folder, 'dump', '0001'))).toContain('call.json')
})

it('run --identity: gives the photo back, on either runtime', async () => {
  for (const backend of ['ort', 'ort-web']) {
    const { code, out } = await i2i('run', photoPath, '-m', model, '-o', 'same.png', '--identity', '-b', backend)
    expect(code).toBe(0)
    expect(out).toMatch(/512x512 -> 512x512/)
    expect(maxDifference(await readImage(join(folder, 'same.png')), await astronaut())).toBe(0)
  }
})

it('inspect: a graph, a manifest, and both as JSON', async () => {
  const graph = await i2i('inspect', join(model, 'toon.onnx'))
  expect(graph.out).toMatch(/takes +input: float32 \[batch, 3, /)
  expect(graph.out).toMatch(/Conv \d+/)
  const manifest = await i2i('inspect', model)
  expect(manifest.out).toMatch(/model +toon /)
  expect(manifest.out).toMatch(/hash right/)
  const json = JSON.parse((await i2i('inspect', model, '--json')).out)
  expect(json.manifest.id).toBe('toon')
  expect(json.graph.operators.Conv).toBeGreaterThan(3)
})

it('says what is wrong in one line, exits with 1, and leaves no file behind', async () => {
  await writeFile(join(folder, 'noise.png'), 'this is no picture')
  await writeFile(join(folder, 'noise.onnx'), 'this is no graph')
  const cases: readonly [RegExp, ...string[]][] = [
    [/IMAGE_INVALID.*nowhere\.jpg/, 'run', 'nowhere.jpg', '-m', model, '-o', 'x.png'],
    [/IMAGE_INVALID.*noise\.png/, 'run', 'noise.png', '-m', model, '-o', 'x.png'],
    [/MODEL_UNAVAILABLE.*nowhere/, 'run', photoPath, '-m', 'nowhere.i2i.json', '-o', 'x.png'],
    [/OPTION_INVALID.*x\.gif2/, 'run', photoPath, '-m', model, '-o', 'x.gif2'],
    [/BACKEND_UNAVAILABLE.*webgpu/, 'run', photoPath, '-m', model, '-o', 'x.png', '-d', 'webgpu'],
    [/unknown option.*--indentity/, 'run', photoPath, '-m', model, '--indentity'],
    [/MODEL_UNSUPPORTED/, 'inspect', 'noise.onnx'],
  ]
  for (const [says, ...args] of cases) {
    const { code, err } = await i2i(...args)
    expect([args.join(' '), code]).toEqual([args.join(' '), 1])
    expect(err).toMatch(says)
    expect(err).not.toMatch(/\n\s+at /)
  }
  expect(existsSync(join(folder, 'x.png'))).toBe(false)
  expect((await readdir(folder)).filter((name) => name.startsWith('x'))).toEqual([])
})

it('reports its version and what it can do', async () => {
  const { version } = JSON.parse(await readFile(join(rootPath, 'packages/cli/package.json'), 'utf8'))
  expect((await i2i('--version')).out.trim()).toBe(version)
  expect((await i2i('--help')).out).toMatch(/run.*inspect/s)
})
