import { copyFile, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { build as esbuild } from 'esbuild'
import { type Browser, chromium } from 'playwright'
import { build as vite } from 'vite'
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
async function visit(origin: string): Promise<{ text: string | undefined; wrong: string[] }> {
  const page = await browser.newPage()
  const wrong: string[] = []
  // Violations of the policy are errors of the console too.
  page.on('console', (message) => {
    if (message.type() === 'error') wrong.push(message.text())
  })
  page.on('pageerror', (error) => wrong.push(String(error)))
  page.on('request', (request) => {
    if (new URL(request.url()).origin !== origin) wrong.push(request.url())
  })
  await page.goto(origin)
  await page.waitForFunction(() => document.title === 'done', undefined, { timeout: 60_000 }).catch(() => undefined)
  const text = (await page.textContent('body'))?.trim()
  await page.close()
  return { text, wrong }
}

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
