import { execFile } from 'node:child_process'
import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { parseManifest } from '@i2i/core'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { root } from './support/pictures.js'

const run = promisify(execFile)
const command = fileURLToPath(new URL('packages/cli/bin/i2i.js', root))
let folder: string

async function i2i(...args: string[]): Promise<string> {
  const { stdout } = await run(process.execPath, [command, ...args], { cwd: folder })
  return stdout
}

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'i2i-parity-table-'))
  await cp(new URL('models/toon', root), join(folder, 'toon'), { recursive: true })
})
afterAll(() => rm(folder, { recursive: true }))

it('canary: writes the digest that the bundled manifest has, and nothing else', async () => {
  const path = join(folder, 'toon/toon.i2i.json')
  const bundled = await readFile(path, 'utf8')
  const manifest = JSON.parse(bundled)
  const [{ canary, ...variant }] = manifest.variants
  await writeFile(path, JSON.stringify({ ...manifest, variants: [variant] }))
  expect(await i2i('canary', 'toon')).toMatch(/^fp32: 64 numbers, tolerance .*cpu/)
  const written = parseManifest(JSON.parse(await readFile(path, 'utf8')))
  const [again] = written.variants
  expect(written).toEqual({ ...manifest, variants: [{ ...variant, canary: again?.canary }] })
  expect(again?.canary).toMatchObject({ seed: canary.seed, tolerance: canary.tolerance })
  again?.canary?.digest.forEach((value, i) => {
    expect(Math.abs(value - canary.digest[i])).toBeLessThan(1e-4)
  })
  await i2i('canary', 'toon', '--seed', '2')
  const other = parseManifest(JSON.parse(await readFile(path, 'utf8'))).variants[0]?.canary
  expect(other?.seed).toBe(2)
  expect(other?.digest).not.toEqual(canary.digest)
})

it('parity-table: every runtime here agrees with onnxruntime-node to 1e-5 of the range, and the others say why not', async () => {
  interface Row {
    readonly runtime: string
    readonly device: string
    readonly output?: string
    readonly ofRange?: number
    readonly psnr?: number
    readonly reason?: string
  }
  const rows: Row[] = JSON.parse(await i2i('parity-table', 'toon', '--json'))
  const measured = rows.filter(({ reason }) => reason === undefined)
  const on = new Set(measured.map(({ runtime, device }) => `${runtime} ${device}`))
  expect([...on]).toEqual(expect.arrayContaining(['onnxruntime-web wasm', 'tfjs wasm', 'tfjs cpu']))
  for (const { ofRange = 1, psnr = 0, output } of measured) {
    expect(['image', 'mask']).toContain(output)
    expect(ofRange).toBeLessThanOrEqual(1e-5)
    expect(psnr).toBeGreaterThan(100)
  }
  expect(rows.filter(({ reason }) => reason === '')).toEqual([])
  const [head] = (await i2i('parity-table', 'toon')).split('\n')
  expect(head).toMatch(/^runtime +device +output +max abs +of range +PSNR$/)
})
