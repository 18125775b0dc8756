// bench chromium: the browser's runtimes against onnxruntime-node, and UpscalerJS as pages use it, in a headless Chromium.
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { ort } from '@i2i/backend-ort'
import { openColorEngine } from '@i2i/core'
import { canaryFeeds } from '@i2i/core/canary'
import { chromium } from 'playwright'
import { build, preview } from 'vite'
import { findChromium } from '../../scripts/chromium.mjs'
import { machine, table } from '../lib/report.mjs'
import { folder as layers, layersFiles } from '../peers/esrgan-slim.mjs'
import { described } from '../peers/models.mjs'

// SwiftShader's Vulkan driver stands in for a GPU.
const args = [
  '--no-sandbox',
  '--enable-unsafe-webgpu',
  '--use-webgpu-adapter=swiftshader',
  '--enable-features=Vulkan',
  '--use-vulkan=swiftshader',
  '--use-angle=swiftshader',
]
const at = (path) => fileURLToPath(new URL(path, import.meta.url))
const scratch = mkdtempSync(join(tmpdir(), 'i2i-bench-'))
const outDir = join(scratch, 'page')
let server
let browser
try {
  const models = await modelsFor(join(scratch, 'public'))
  const config = { configFile: false, logLevel: 'error', root: at('page'), publicDir: join(scratch, 'public') }
  await build({ ...config, build: { outDir, emptyOutDir: true, target: 'es2022' } })
  server = await preview({ ...config, build: { outDir }, preview: { host: '127.0.0.1', port: 0 } })
  browser = await chromium.launch({ executablePath: findChromium(), args })
  const page = await browser.newPage()
  page.on('pageerror', (error) => console.error(String(error)))
  await page.goto(server.resolvedUrls.local[0])
  await page.waitForFunction(() => document.title === 'ready')
  console.log(`# chromium\n\n${machine({ chromium: browser.version(), upscaler: '1.0.0', tfjs: '4.22.0' })}\n`)
  for (const model of models) await reportParity(page, model)
  const doubled = await page.evaluate((options) => globalThis.bench.doubling(options), { side: 128, rounds: 21 })
  console.log(`## ESRGAN-slim x2, 128x128, tfjs-wasm\n\n${table(doubled, ['i2i, drawn into a canvas'])}\n`)
} finally {
  await browser?.close()
  await server?.close()
  rmSync(scratch, { recursive: true })
}

/** Lays out what the page fetches, and says of each model what onnxruntime-node makes of its canary picture. */
async function modelsFor(publicDir) {
  mkdirSync(join(publicDir, 'esrgan-slim'), { recursive: true })
  cpSync(at('../../examples/node-photo/astronaut.png'), join(publicDir, 'astronaut.png'))
  cpSync(at('../../models/esrgan-slim'), join(publicDir, 'esrgan-slim'), { recursive: true })
  for (const file of layersFiles) cpSync(join(layers, file), join(publicDir, 'esrgan-slim', file))
  const toon = JSON.parse(readFileSync(at('../../models/toon/toon.i2i.json'), 'utf8'))
  const esrgan = described('esrgan-slim')
  return [
    await expectation('toon', toon, readFileSync(at('../../models/toon/toon.onnx')), publicDir),
    await expectation('ESRGAN-slim x2', esrgan.manifest, await esrgan.files.read('model'), publicDir),
  ]
}

async function expectation(title, manifest, bytes, publicDir) {
  writeFileSync(join(publicDir, `${manifest.id}.onnx`), bytes)
  const color = await openColorEngine({ engine: 'reference' })
  const model = { format: 'onnx', entry: 'model', files: new Map([['model', new Uint8Array(bytes)]]) }
  const session = await ort().openSession(model, { device: 'cpu' })
  const results = await session.run(canaryFeeds(manifest, color, 1))
  await session.dispose()
  color[Symbol.dispose]()
  const expected = Object.fromEntries(Object.entries(results).map(([name, { data }]) => [name, [...data]]))
  return { title, question: { manifest, file: `/${manifest.id}.onnx`, expected } }
}

async function reportParity(page, { title, question }) {
  const rows = await page.evaluate((model) => globalThis.bench.parity(model), question)
  console.log(`## ${title} against onnxruntime-node on the CPU\n`)
  console.log('| runtime | output | max abs | of range | PSNR (peak: the range) |\n|---|---|---:|---:|---:|')
  for (const { runtime, device, output, maxAbs, rmse } of rows) {
    const numbers = question.expected[output]
    const range = numbers.reduce((a, b) => Math.max(a, b)) - numbers.reduce((a, b) => Math.min(a, b))
    const psnr = 20 * Math.log10(range / rmse)
    const figures = [maxAbs.toExponential(1), (maxAbs / range).toExponential(1), `${psnr.toFixed(1)} dB`]
    console.log(`| ${runtime} ${device} | ${output} | ${figures.join(' | ')} |`)
  }
  console.log()
}
