import { execFileSync } from 'node:child_process'
import { copyFile, mkdir, mkdtemp, readdir, readFile, realpath, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { readImage } from '@i2i/core/node'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { astronaut, meanDifference, photoPath, rootPath } from './support/pictures.js'

// Everything is installed from the tarballs that npm would publish, into an empty folder, without the network: what the packages
// depend on comes from the folders where it is installed here.
let app: string
const modules = (owner: string, name: string): Promise<string> => realpath(join(rootPath, owner, 'node_modules', name))

beforeAll(async () => {
  app = await mkdtemp(join(tmpdir(), 'i2i-stranger-'))
  const tarballs: string[] = []
  for (const name of await readdir(join(rootPath, 'packages'))) {
    const cwd = join(rootPath, 'packages', name)
    if (JSON.parse(await readFile(join(cwd, 'package.json'), 'utf8')).private) continue
    const report = npm(['pack', '--json', '--pack-destination', app], cwd)
    tarballs.push(join(app, JSON.parse(report)[0].filename))
  }
  const others = await Promise.all([
    modules('packages/core', 'valibot'),
    modules('packages/core', 'fflate'),
    modules('packages/core', 'comlink'),
    modules('packages/cli', 'commander'),
    modules('packages/backend-ort', 'onnxruntime-node'),
    modules('packages/backend-ort', 'onnxruntime-web'),
    modules('.', 'sharp'),
    modules('.', '@types/node'),
  ])
  await writeFile(join(app, 'package.json'), JSON.stringify({ name: 'stranger', private: true, type: 'module' }))
  npm(['install', '--offline', '--ignore-scripts', '--no-audit', '--no-fund', ...tarballs, ...others], app)
}, 180_000)
afterAll(async () => {
  await rm(app, { recursive: true, force: true })
})

function npm(args: readonly string[], cwd: string): string {
  return execFileSync('npm', args, { cwd, encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] })
}

/** The JavaScript blocks of the README, as they stand there. */
async function readmeBlocks(): Promise<string[]> {
  const readme = await readFile(join(rootPath, 'README.md'), 'utf8')
  return [...readme.matchAll(/```js\n([\s\S]*?)```/g)].map(([, code = '']) => code)
}

it('runs the lines of the README', async () => {
  await mkdir(join(app, 'models/toon'), { recursive: true })
  for (const file of ['toon.i2i.json', 'toon.onnx']) {
    await copyFile(join(rootPath, 'models/toon', file), join(app, 'models/toon', file))
  }
  await copyFile(photoPath, join(app, 'photo.jpg')) // sharp goes by content, not by name
  const [first = '', second = ''] = await readmeBlocks()
  expect(first.trim().split('\n').length).toBeLessThanOrEqual(10)
  // The second block continues the first.
  const before = first.split('\n').filter((line) => /^import|readImage\(/.test(line))
  await writeFile(join(app, 'first.mjs'), first)
  await writeFile(join(app, 'second.mjs'), [...before, second].join('\n'))
  const out = execFileSync(process.execPath, ['first.mjs'], { cwd: app, encoding: 'utf8' })
  expect(out).toMatch(/^512x512 in \d+ ms on onnxruntime-node cpu/)
  expect(meanDifference(await readImage(join(app, 'toon.png')), await astronaut())).toBeGreaterThan(5)
  execFileSync(process.execPath, ['second.mjs'], { cwd: app })
  expect(await readdir(join(app, 'run.i2idump', '0001'))).toContain('sdk_output.npy')
})

it('has a command', () => {
  const out = execFileSync('npx', ['--no-install', 'i2i', 'inspect', 'models/toon'], { cwd: app, encoding: 'utf8' })
  expect(out).toMatch(/toon/)
})

describe('compiles', () => {
  const settings = {
    target: 'ES2022',
    module: 'NodeNext',
    moduleResolution: 'NodeNext',
    strict: true,
    exactOptionalPropertyTypes: true,
    skipLibCheck: false,
    noEmit: true,
    types: ['node'],
  }

  it.each([
    ['with DOM types', ['ES2023', 'ESNext.Disposable', 'DOM']],
    ['without DOM types', ['ES2023', 'ESNext.Disposable']],
  ])('%s', async (_, lib) => {
    const [first = ''] = await readmeBlocks()
    const contract = await readFile(join(rootPath, 'test/support/contract.ts'), 'utf8')
    await writeFile(join(app, 'first.ts'), first)
    await writeFile(join(app, 'contract.ts'), contract)
    const config = { compilerOptions: { ...settings, lib }, files: ['first.ts', 'contract.ts'] }
    await writeFile(join(app, 'tsconfig.json'), JSON.stringify(config))
    const tsc = join(rootPath, 'node_modules/typescript/bin/tsc')
    execFileSync(process.execPath, [tsc, '-p', app], { encoding: 'utf8', stdio: 'pipe' })
  })
})
