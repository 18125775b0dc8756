import { execFile } from 'node:child_process'
import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { rawImage } from '@i2i/core'
import { readImage, writeImage } from '@i2i/core/node'
import { readModel, tensorData, writeModel } from '@i2i/onnx'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { astronaut, part, pixelsOf, rootPath } from './support/pictures.js'

const command = join(rootPath, 'packages/cli/bin/i2i.js')
const model = join(rootPath, 'models/toon')
let folder: string

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'i2i-findings-'))
  await writeImage(join(folder, 'photo.png'), part(await astronaut(), 150, 20, 64, 48))
  for (const [dump, ...more] of [['a'], ['b', '-b', 'ort-web'], ['identity', '--identity']] as const) {
    const { code } = await i2i('run', 'photo.png', '-m', model, '-o', 'out.png', '--dump', dump, ...more)
    expect(code).toBe(0)
  }
}, 120_000)
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

const html = async (name: string) => await readFile(join(folder, name), 'utf8')

it('diff: 0 for runtimes that agree, 2 and the first stage for those that do not, 1 for what is no dump', async () => {
  const same = await i2i('diff', 'a', 'b')
  expect(same).toMatchObject({ code: 0, out: expect.stringContaining('equal within tolerance in every stage') })
  const other = await i2i('diff', 'a', 'identity', '--json', '--html', 'diff.html')
  expect(other.code).toBe(2)
  const verdict = 'The dumps diverge first at modelOutput; sdkInput, modelInput agree.'
  expect(JSON.parse(other.out)).toMatchObject({ equal: false, firstDivergence: 'modelOutput', verdict })
  expect(await html('diff.html')).toContain(verdict)
  const none = await i2i('diff', 'a', 'nowhere')
  expect(none).toMatchObject({
    code: 1,
    err: expect.stringMatching(/^i2i: DUMP_INVALID: nowhere.manifest\.json .*name/m),
  })
})

it('report: 0 for a sound dump, 2 for one with NaN in it, 1 for a damaged one', async () => {
  const { code, out } = await i2i('report', 'a', '--html', 'a.html')
  expect([code, out]).toEqual([0, expect.stringContaining('the numbers show nothing suspicious')])
  expect(await html('a.html')).toContain('data:image/png;base64,')
  await cp(join(folder, 'a'), join(folder, 'nan'), { recursive: true })
  const call = join(folder, 'nan', '0001', 'call.json')
  await writeFile(call, (await readFile(call, 'utf8')).replace('"nanCount": 0', '"nanCount": 7'))
  const suspicious = await i2i('report', 'nan')
  expect(suspicious).toMatchObject({ code: 2, out: expect.stringContaining('holds 7 NaN') })
  await writeFile(join(folder, 'nan', '0001', 'sdk_input.npy'), 'x')
  expect(await i2i('report', 'nan')).toMatchObject({ code: 1, err: expect.stringContaining('DUMP_INVALID') })
})

it('bisect: names the node of an altered weight, from a dump or a picture', async () => {
  const altered = readModel(await readFile(join(model, 'toon.onnx')))
  const conv = altered.graph.nodes.filter(({ opType }) => opType === 'Conv')[2]!
  const weight = altered.graph.initializers.find(({ name }) => name === conv.inputs[1])!
  const numbers = Float32Array.from(tensorData(weight) as Float32Array, (value) => value * 1.5)
  weight.rawData = new Uint8Array(numbers.buffer)
  await writeFile(join(folder, 'altered.onnx'), writeModel(altered))
  const byDump = await i2i('bisect', '-m', 'altered.onnx', '--against', model, '--dump', 'a', '--html', 'bisect.html')
  expect(byDump.code).toBe(2)
  expect(byDump.out).toContain(`The first node that diverges is ${conv.name} (Conv`)
  expect(await html('bisect.html')).toContain(conv.name)
  const runtimes = await i2i('bisect', '-m', model, '-b', 'ort-web', '--photo', 'photo.png', '--json')
  expect(runtimes.code).toBe(0)
  expect(JSON.parse(runtimes.out)).toMatchObject({ equal: true, altered: [] })
  for (const [says, ...args] of [
    ['both sides are', '--photo', 'photo.png'],
    ['say what to feed', '-b', 'ort-web'],
    ['has no call 9', '-b', 'ort-web', '--dump', 'a', '--call', '9'],
  ] as const) {
    const refused = await i2i('bisect', '-m', model, ...args)
    expect(refused).toMatchObject({ code: 1, err: expect.stringContaining(says) })
  }
})

it('probe and link: names a swap of channels, and nothing where there is none', async () => {
  expect(await i2i('probe', '-o', 'probe.png', '--size', '320x240')).toMatchObject({ code: 0 })
  const probe = await readImage(join(folder, 'probe.png'))
  expect([probe.width, probe.height]).toEqual([320, 240])
  const data = pixelsOf(probe)
  for (let i = 0; i < data.length; i += 4) [data[i], data[i + 2]] = [data[i + 2]!, data[i]!]
  await writeImage(join(folder, 'shot.png'), rawImage({ format: 'RGBA', width: 320, height: 240, data }))
  const swapped = await i2i('link', '--sent', 'probe.png', '--received', 'shot.png', '--json', '--html', 'link.html')
  expect(swapped.code).toBe(2)
  expect(JSON.parse(swapped.out)).toMatchObject({ faithful: false, faults: [{ code: 'CHANNELS_SWAPPED' }] })
  expect(await html('link.html')).toContain('The link is at fault: CHANNELS_SWAPPED.')
  const clean = await i2i('link', '--sent', 'probe.png', '--received', 'probe.png')
  expect(clean).toMatchObject({ code: 0, out: expect.stringContaining('The link is faithful') })
  const badSize = await i2i('probe', '-o', 'probe.png', '--size', '320')
  expect(badSize).toMatchObject({ code: 1, err: expect.stringContaining('640x480') })
})

it('link -m: faithful on every runtime, and the time that is not the model', async () => {
  for (const backend of ['ort', 'ort-web', 'tfjs']) {
    const { code, out } = await i2i('link', '-m', model, '-b', backend, '--json')
    expect(code, backend).toBe(0)
    expect(JSON.parse(out)).toMatchObject({
      faithful: true,
      halves: { before: { faithful: true }, after: { faithful: true } },
      nonComputeMs: { pack: { p50: expect.any(Number) } },
    })
  }
  const neither = await i2i('link', '-m', model, '--sent', 'photo.png')
  expect(neither).toMatchObject({ code: 1, err: expect.stringContaining('name either a manifest') })
}, 120_000)
