// bench memory: what a call allocates besides its result, what a steady stream leaves behind, and what a process of each peer peaks at.
import { spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { ort } from '@i2i/backend-ort'
import { createImage, load, openColorEngine } from '@i2i/core'
import { machine } from '../lib/report.mjs'
import { cases } from '../peers/cases.mjs'
import { picture } from '../peers/measure.mjs'
import { start } from '../peers/process.mjs'
import { settled } from './settled.mjs'

if (!globalThis.gc) throw new Error('run it as `npm run bench memory`, or with node --expose-gc')
const color = await openColorEngine()
console.log(`# memory\n\n${machine({ engine: color.name })}\n`)
allocationOfACall()
await steadyState()
color[Symbol.dispose]()
await peaks()

function allocationOfACall() {
  console.log('## Allocation of a call\n')
  const script = fileURLToPath(new URL('allocation.mjs', import.meta.url))
  const flags = [...process.execArgv, '--min-semi-space-size=64', '--max-semi-space-size=64']
  const { status } = spawnSync(process.execPath, [...flags, script], { stdio: 'inherit' })
  if (status !== 0) process.exit(status ?? 1)
  console.log()
}

/** What 2,000 frames leave in heap and buffers, and in the engine's memory, with the result dropped each time. */
async function steadyState() {
  const frames = 2000
  const lines = [
    '| 2,000 frames of 320x240 | heap and buffers, bytes a frame | engine memory, bytes | live pieces | RSS, MB |',
    '|---|---:|---:|---:|---:|',
  ]
  const toon = new URL('../../models/toon/toon.i2i.json', import.meta.url)
  for (const format of ['RGBA', 'I420', 'NV12']) {
    const link = await load(toon, { backend: ort({ threads: 1 }), device: 'cpu', color, identity: true })
    const frame = createImage(format, 320, 240)
    const run = async (count) => {
      for (let i = 0; i < count; i++) (await link.translate(frame))[Symbol.dispose]()
      return { bytes: await settled(), engine: color.memory, rss: process.memoryUsage().rss }
    }
    const before = await run(300)
    const after = await run(frames)
    const cells = [
      ((after.bytes - before.bytes) / frames).toFixed(1),
      after.engine.used - before.engine.used,
      after.engine.live - before.engine.live,
      ((after.rss - before.rss) / 1e6).toFixed(1),
    ]
    lines.push(`| ${[format, ...cells].join(' | ')} |`)
    await link.dispose()
  }
  console.log(`## What a stream leaves behind\n\n${lines.join('\n')}\n`)
}

/** Each contestant of bench peers in a process of its own, a few calls. */
async function peaks() {
  const lib = JSON.stringify(new URL('../lib/peak-rss.mjs', import.meta.url).href)
  const script = `import(${lib}).then(({ peakRss }) => process.stdout.write(String(peakRss())))`
  const bare = Number(spawnSync(process.execPath, ['-e', script], { encoding: 'utf8' }).stdout)
  console.log(`## Peak RSS of a process\n\nA Node process that does nothing: ${megabytes(bare)} MB.\n`)
  for (const { title, model, scale, side, contestants } of cases) {
    const lines = [`| ${title}, ${side}x${side} | MB |`, '|---|---:|']
    for (const contestant of contestants) {
      const process = await start(contestant, { model, scale, picture: await picture(side) })
      const { peakRss } = process.failed ? {} : await process.run(contestant.options.tile ? 1 : 3)
      lines.push(`| ${contestant.name} | ${process.failed ?? megabytes(peakRss)} |`)
      if (!process.failed) process.stop()
    }
    console.log(`${lines.join('\n')}\n`)
  }
}

function megabytes(bytes) {
  return (bytes / 1e6).toFixed(0)
}
