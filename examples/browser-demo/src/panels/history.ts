import type { Timings } from '@i2i/core'
import { ms } from '../words.js'

const svg = 'http://www.w3.org/2000/svg'
const [width, height, slots] = [240, 48, 60]

/** The last calls as bars, oldest first: the model's part below, what is around it on top. Undefined for fewer than two. */
export function historyChart(history: readonly Timings[]): SVGElement | undefined {
  if (history.length < 2) return undefined
  const totals = history.map(({ total, dump }) => total - dump)
  const [shortest, longest] = [Math.min(...totals), Math.max(...totals)]
  const chart = make('svg', {
    viewBox: `0 0 ${width} ${height}`,
    role: 'img',
    class: 'history',
    preserveAspectRatio: 'none',
  })
  chart.setAttribute('aria-label', `The last ${history.length} calls took ${ms(shortest)} to ${ms(longest)}.`)
  const step = width / slots
  history.forEach(({ run }, i) => {
    const total = (height * (totals[i] ?? 0)) / longest
    const model = (height * run) / longest
    const x = width - (history.length - i) * step
    const bar = (kind: string, y: number, tall: number): SVGElement =>
      make('rect', { class: kind, x: String(x), y: String(y), width: String(step - 1), height: String(tall) })
    chart.append(bar('around', height - total, total - model), bar('model', height - model, model))
  })
  return chart
}

function make(name: string, attributes: Readonly<Record<string, string>>): SVGElement {
  const made = document.createElementNS(svg, name) as SVGElement
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value)
  return made
}
