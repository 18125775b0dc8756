// bench live: frames through models/toon at 256x256 as a stream: frames a second, stages, and how long a page stands still meanwhile.
import { readFile } from 'node:fs/promises'
import { ort } from '@i2i/backend-ort'
import { load, rawImage } from '@i2i/core'
import { chromium } from 'playwright'
import { findChromium } from '../../scripts/chromium.mjs'
import { machine } from '../lib/report.mjs'
import { at256, framesPerSecond, pictures, stages } from './link.mjs'
import { site } from './site.mjs'

const sizes = [
  { name: '480p', width: 854, height: 480 },
  { name: '720p', width: 1280, height: 720 },
]
const count = 30
const rounds = 3

const toon = new URL('../../models/toon/toon.i2i.json', import.meta.url)
const manifest = at256(JSON.parse(await readFile(toon, 'utf8')))

async function inNode({ width, height }) {
  const translator = await load(manifest, { backend: ort({ threads: 1 }), device: 'cpu', baseUrl: toon })
  const frames = pictures(width, height, 4).map((init) => rawImage(init))
  const frame = (i) => frames[i % frames.length]
  await stages(translator, frame, 'RawImage', 3)
  const parts = await stages(translator, frame, 'RawImage', count)
  const fps = await framesPerSecond(translator, frame, count)
  await translator.dispose()
  return { fps, ...parts }
}

const { url, close } = await site()
const browser = await chromium.launch({
  executablePath: findChromium(),
  args: [
    '--no-sandbox',
    '--disable-quic',
    '--no-first-run',
    '--disable-background-networking',
    '--disable-component-update',
  ],
})
try {
  const page = await browser.newPage()
  await page.goto(url)
  await page.waitForFunction(() => 'live' in globalThis)
  const inPage =
    (where) =>
    async ({ width, height }) =>
      await page.evaluate(([where, ...size]) => globalThis.live(where, ...size), [where, width, height, count])
  const hosts = [
    ['Node, onnxruntime-node', inNode],
    ['Chromium, WASM on the main thread', inPage('main')],
    ['Chromium, WASM in a worker', inPage('worker')],
  ]
  console.log(`# live\n\n${machine({ chromium: browser.version() })}\n`)
  console.log(
    '| toon at 256x256, one thread | frames/s | decode ms | pack | run | unpack | total | longest stall of the page, ms |',
  )
  console.log('|---|---:|---:|---:|---:|---:|---:|---:|')
  for (const size of sizes) {
    // In turn, so that a machine that slows down slows all of them; each shows its best round.
    const best = new Map()
    for (let round = 0; round < rounds; round++) {
      for (const [name, run] of hosts) {
        const result = await run(size)
        if (!(best.get(name)?.fps > result.fps)) best.set(name, result)
      }
    }
    for (const [name, { fps, stall, ...parts }] of best) {
      const cells = ['decode', 'pack', 'run', 'unpack', 'total'].map((stage) => parts[stage].toFixed(2))
      console.log(`| ${size.name}, ${name} | ${[fps.toFixed(1), ...cells, stall?.toFixed(0) ?? ''].join(' | ')} |`)
    }
  }
} finally {
  await browser.close()
  close()
}
