// bench peers: the same weights and picture through i2i and through what people use instead; a process each, one thread.
import { readFileSync } from 'node:fs'
import { machine } from '../lib/report.mjs'
import { cases } from './cases.mjs'
import { measure } from './measure.mjs'

const { dependencies } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8'))
const versions = Object.fromEntries(
  ['onnxruntime-node', '@tensorflow/tfjs', '@huggingface/transformers', 'upscaler'].map((name) => [
    name,
    dependencies[name],
  ]),
)
console.log(`# peers\n\n${machine(versions)}\n`)
for (const each of cases) {
  const results = await measure(each)
  console.log(`## ${each.title}, ${each.side}x${each.side}\n\n${figures(results)}\n\n${ratios(results)}\n`)
  for (const { name, failed } of results) if (failed) console.log(`${name} did not run here: ${failed}\n`)
}

function figures(results) {
  const lines = [
    '| median (min) | call ms | CPU ms | not the model: ms | CPU ms | first call (open) ms | peak MB | off by at most (mean) |',
    `|---|${'---:|'.repeat(7)}`,
  ]
  for (const { name, ms, cpuMs, otherMs, otherCpuMs, firstMs, openMs, peakRss, off } of ran(results)) {
    const times = [ms, cpuMs, otherMs, otherCpuMs].map(({ median, min }) => `${number(median)} (${number(min)})`)
    const first = `${firstMs.toFixed(0)} (${openMs.toFixed(0)})`
    const difference = off ? `${off.worst} (${off.mean.toFixed(3)})` : ''
    lines.push(`| ${[name, ...times, first, (peakRss / 1e6).toFixed(0), difference].join(' | ')} |`)
  }
  return lines.join('\n')
}

/** How many times what i2i takes on onnxruntime-node, and on tfjs where that is among them. */
function ratios(results) {
  const ours = ran(results).filter(({ name }) => name.startsWith('i2i'))
  const lines = [
    `| times ${ours.map(({ name }) => name).join(' / ')} | call | CPU | not the model | CPU |`,
    `|---|${'---:|'.repeat(4)}`,
  ]
  for (const peer of ran(results)) {
    if (ours.includes(peer)) continue
    const cells = ['ms', 'cpuMs', 'otherMs', 'otherCpuMs'].map((key) =>
      peer.off ? ours.map((our) => ratio(peer[key], our[key])).join(' / ') : '',
    )
    lines.push(`| ${[peer.name, ...cells].join(' | ')} |`)
  }
  return lines.join('\n')
}

function ran(results) {
  return results.filter(({ failed }) => !failed)
}

function ratio(theirs, ours) {
  return `${number(theirs.median / ours.median)} (${number(theirs.min / ours.min)})`
}

function number(value) {
  return value < 10 ? value.toFixed(2) : value.toFixed(value < 100 ? 1 : 0)
}
