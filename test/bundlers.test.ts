import { createHash } from 'node:crypto'
import { copyFile, cp, mkdir, mkdtemp, readFile, realpath, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { build as esbuild } from 'esbuild'
import { type Browser, chromium } from 'playwright'
import { createServer, build as vite } from 'vite'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import webpack from 'webpack'
import { options as esbuildOptions } from './fixtures/bundler-app/esbuild.config.js'
import webpackConfig from './fixtures/bundler-app/webpack.config.js'
import { serveFolders } from './support/file-server.js'
import { rootPath } from './support/pictures.js'

const app = join(rootPath, 'test/fixtures/bundler-app')
const strict = { 'content-security-policy': "default-src 'self'; script-src 'self' 'wasm-unsafe-eval'" }
const beside = {
  '/models/toon/': join(rootPath, 'models/toon'),
  '/given/': join(rootPath, 'packages/color/dist'),
}
const answer = /^ok, wasm-(simd|relaxed), wasm-simd, wasm-simd, onnxruntime-web wasm$/

// What package.json says of each name, for a page that reads no package.json; #... is backend-ort's own.
const importMap = [
  ['@i2i/color', '/color/index.js'],
  ['@i2i/core', '/core/index.js'],
  ['@i2i/core/backend', '/core/backend.js'],
  ['@i2i/onnx', '/onnx/index.js'],
  ['@i2i/backend-ort', '/backend-ort/web.js'],
  ['#onnxruntime-web', '/onnxruntime-web/ort.wasm.bundle.min.mjs'],
  ['valibot', '/valibot/index.mjs'],
] as const

let browser: Browser
let scratch: string
beforeAll(async () => {
  scratch = await mkdtemp(join(tmpdir(), 'i2i-bundlers-'))
  const executablePath = process.env['CHROMIUM_PATH'] ?? '/usr/bin/chromium'
  browser = await chromium.launch({ executablePath, args: ['--no-sandbox'] })
})
afterAll(async () => {
  await browser?.close()
  await rm(scratch, { recursive: true, force: true })
})

/** What the page says, and everything it should not have done: errors on the console and requests elsewhere. */
async function visit(origin: string, cdn = origin): Promise<{ text: string | undefined; wrong: string[] }> {
  const page = await browser.newPage()
  const wrong: string[] = []
  // Violations of the policy are errors of the console too.
  page.on('console', (message) => {
    if (message.type() === 'error') wrong.push(message.text())
  })
  page.on('pageerror', (error) => wrong.push(String(error)))
  page.on('request', (request) => {
    if (![origin, cdn].includes(new URL(request.url()).origin)) wrong.push(request.url())
  })
  await page.goto(origin)
  await page.waitForFunction(() => document.title === 'done', undefined, { timeout: 60_000 }).catch(() => undefined)
  const text = (await page.textContent('body'))?.trim()
  await page.close()
  return { text, wrong }
}

const modules = (path: string): Promise<string> => realpath(join(rootPath, path))

type Build = (outDir: string) => Promise<unknown>

const viteBuild: Build = (outDir) =>
  vite({ root: app, configFile: false, logLevel: 'error', build: { outDir, emptyOutDir: true } })

const webpackBuild: Build = async (path) => {
  const compiler = webpack({ ...webpackConfig, context: app, output: { path } } as webpack.Configuration)
  const stats = await new Promise<webpack.Stats | undefined>((resolve, reject) =>
    compiler.run((error, result) => (error ? reject(error) : resolve(result))),
  )
  if (!stats || stats.hasErrors()) throw new Error(stats?.toString('errors-only'))
  await copyFile(join(app, 'index.html'), join(path, 'index.html'))
}

const esbuildBuild: Build = async (outdir) => {
  // It warns of nothing in node_modules, where a user's packages are; here they are the repository's folders.
  await esbuild({ ...esbuildOptions, absWorkingDir: app, outdir, logLevel: 'error' } as Parameters<typeof esbuild>[0])
  await copyFile(join(app, 'index.html'), join(outdir, 'index.html'))
}

describe('a page under a strict policy, built with', () => {
  it.each([
    ['Vite', viteBuild],
    ['webpack', webpackBuild],
    ['esbuild', esbuildBuild],
  ])('%s', async (name, build) => {
    const folder = join(scratch, name)
    await build(folder)
    await using server = await serveFolders({ '/': folder, ...beside }, strict)
    const { text, wrong } = await visit(server.origin)
    expect(text).toMatch(answer)
    expect(wrong).toEqual([])
    expect(server.missing).toEqual([])
  })
})

it('names what a policy without WebAssembly lacks', async () => {
  const folder = join(scratch, 'refused')
  await esbuildBuild(folder)
  await using server = await serveFolders(
    { '/': folder, ...beside },
    { 'content-security-policy': "default-src 'self'" },
  )
  const { text } = await visit(server.origin)
  expect(text).toMatch(/^I2iError: .*must allow 'wasm-unsafe-eval'/)
})

// esbuild loses the start of a module that is only passed through, when all that import() would fetch is in the same file.
it('one file of esbuild, with nothing of @i2i/core but what is @i2i/color', async () => {
  const outfile = join(scratch, 'one.mjs')
  const contents = `
    import { openColorEngine, rawImage } from '@i2i/core'
    const color = await openColorEngine()
    const image = rawImage({ format: 'RGB', width: 1, height: 1, data: Uint8Array.of(90, 90, 90) })
    export const gray = [...color.convert(image, { format: 'GRAY' }).planes[0].data]`
  const stdin = { contents, resolveDir: rootPath }
  await esbuild({ stdin, outfile, bundle: true, format: 'esm', target: 'es2022', logLevel: 'error' })
  expect(await import(outfile)).toMatchObject({ gray: [90] })
})

describe('a page without a build', () => {
  it("on Vite's dev server", async () => {
    // Vite treats what lies in node_modules otherwise than the linked packages of this repository.
    const root = join(scratch, 'dev')
    await cp(app, root, { recursive: true })
    for (const name of ['color', 'core', 'onnx', 'backend-ort']) {
      const [from, to] = [join(rootPath, 'packages', name), join(root, 'node_modules/@i2i', name)]
      await cp(join(from, 'dist'), join(to, 'dist'), { recursive: true })
      await copyFile(join(from, 'package.json'), join(to, 'package.json'))
    }
    for (const path of ['packages/core/node_modules/valibot', 'node_modules/onnxruntime-web']) {
      await symlink(await modules(path), join(root, 'node_modules', basename(path)))
    }
    for (const [path, folder] of Object.entries(beside))
      await cp(folder, join(root, 'public', path), { recursive: true })
    await writeFile(join(root, 'public/favicon.ico'), '')
    const server = await createServer({
      root,
      configFile: false,
      logLevel: 'error',
      server: { headers: strict, host: '127.0.0.1', port: 0, fs: { allow: [scratch, rootPath] } },
    })
    await server.listen()
    try {
      const { text, wrong } = await visit(server.resolvedUrls?.local[0]?.replace(/\/$/, '') ?? '')
      expect(text).toMatch(answer)
      expect(wrong).toEqual([])
    } finally {
      await server.close()
    }
  })

  it('from another origin, by an import map', async () => {
    await using cdn = await serveFolders(
      {
        '/color/': join(rootPath, 'packages/color/dist'),
        '/core/': join(rootPath, 'packages/core/dist'),
        '/onnx/': join(rootPath, 'packages/onnx/dist'),
        '/backend-ort/': join(rootPath, 'packages/backend-ort/dist'),
        '/valibot/': await modules('packages/core/node_modules/valibot/dist'),
        '/onnxruntime-web/': await modules('node_modules/onnxruntime-web/dist'),
      },
      { 'access-control-allow-origin': '*' },
    )
    const map = JSON.stringify({
      imports: Object.fromEntries(importMap.map(([name, path]) => [name, cdn.origin + path])),
    })
    const hash = createHash('sha256').update(map).digest('base64')
    const policy = `default-src 'self' ${cdn.origin}; script-src 'self' ${cdn.origin} 'wasm-unsafe-eval' 'sha256-${hash}'`
    const page = (await readFile(join(app, 'index.html'), 'utf8')).replace(
      '<title>',
      `<script type="importmap">${map}</script><title>`,
    )
    await mkdir(join(scratch, 'plain'))
    await writeFile(join(scratch, 'plain/index.html'), page)
    await copyFile(join(app, 'main.js'), join(scratch, 'plain/main.js'))
    const folder = { '/': join(scratch, 'plain'), ...beside }
    await using server = await serveFolders(folder, { 'content-security-policy': policy })
    const { text, wrong } = await visit(server.origin, cdn.origin)
    expect(text).toMatch(answer)
    expect(wrong).toEqual([])
    expect(cdn.missing).toEqual([])
  })
})
