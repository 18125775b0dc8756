// Heap and buffers that calls add while nothing is collected, through a model that allocates nothing. It runs in a process whose young
// generation is large enough for that.
import { createImage, load, openColorEngine } from '@i2i/core'
import { doublingBackend, doublingManifest, noFiles } from '../overhead/doubling-model.mjs'
import { settled, used } from './settled.mjs'

const calls = 10
const color = await openColorEngine()
const translator = await load(doublingManifest, { backend: doublingBackend(), color, files: noFiles })
console.log('| 256x256 -> 512x512 | result KB | allocated beside it, median KB | at most KB |\n|---|---:|---:|---:|')
for (const format of ['RGBA', 'I420']) {
  const source = createImage(format, 256, 256)
  const into = createImage(format, 512, 512)
  const result = into.planes.reduce((sum, { data }) => sum + data.byteLength, 0)
  const own = await added(() => translator.translate(source), result)
  const given = await added(() => translator.translate(source, { into }), 0)
  console.log(`| ${format} | ${kilobytes(result)} | ${own} |\n| ${format} into the caller's picture | 0 | ${given} |`)
}
const { used: held, peak } = color.memory
console.log(`\nThe engine's own memory: at most ${kilobytes(peak)} KB at once, ${kilobytes(held)} KB between calls.`)
await translator.dispose()
color[Symbol.dispose]()

/** Cells: median and maximum of what a call adds beside its result. */
async function added(call, result) {
  for (let i = 0; i < 100; i++) await call()
  const samples = []
  for (let i = 0; i < 15; i++) {
    await settled()
    // A full collection drops compiled code as well; these calls bring it back.
    for (let i = 0; i < 3; i++) await call()
    const kept = []
    const before = used()
    for (let i = 0; i < calls; i++) kept.push(await call())
    samples.push((used() - before) / calls - result)
    for (const each of kept) each[Symbol.dispose]()
  }
  samples.sort((a, b) => a - b)
  return `${kilobytes(samples[samples.length >> 1])} | ${kilobytes(samples.at(-1))}`
}

function kilobytes(bytes) {
  return (bytes / 1024).toFixed(1)
}
