import { cpus } from 'node:os'
import { versions } from 'node:process'

/** The machine and the versions of what was measured, in a line of Markdown. */
export function machine(more = {}) {
  const [cpu] = cpus()
  const named = { node: versions.node, ...more }
  const list = Object.entries(named).map(([name, version]) => `${name} ${version}`)
  return `${cpu?.model.trim()}, ${cpus().length} cores, ${process.platform} ${process.arch}; ${list.join(', ')}; ${new Date().toISOString().slice(0, 10)}`
}

/** A Markdown table of ms and of how many times as fast as each peer `ours` is, by median and by minimum. */
export function table(results, ours) {
  const lines = ['| contestant | median ms | min ms |', '|---|---:|---:|']
  const ratios = ours.map((name) => `${name} against it`)
  if (ratios.length) {
    lines[0] += ` ${ratios.join(' | ')} |`
    lines[1] += '---:|'.repeat(ratios.length)
  }
  for (const { name, median, min } of results) {
    const cells = ours.map((our) => {
      const own = results.find((result) => result.name === our)
      return own && !ours.includes(name) ? `${ratio(median / own.median)} (${ratio(min / own.min)})` : ''
    })
    lines.push(`| ${[name, ms(median), ms(min), ...cells].join(' | ')} |`)
  }
  return lines.join('\n')
}

function ms(value) {
  return value < 0.1 ? value.toFixed(4) : value < 10 ? value.toFixed(3) : value.toFixed(1)
}

function ratio(value) {
  return `${value < 10 ? value.toFixed(2) : value.toFixed(0)}x`
}
