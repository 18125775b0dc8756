import type { Bisection } from '../bisect/bisect.js'
import { histogramChart, traceChart } from './charts.js'
import { decibels, number } from './format.js'
import { dataTable, facts, html } from './html.js'
import { page } from './page.js'

/** A self-contained HTML page about a bisection: the node, its numbers, and how the difference grew on the way to it. */
export function bisectionReport(bisection: Bisection): string {
  const { equal, verdict, first, trace, skipped } = bisection
  const body = [
    facts([
      ['values compared', String(bisection.compared)],
      ['values left out', String(skipped.length)],
    ]),
  ]
  if (first) {
    const { comparison: c } = first
    body.push(html`<h2>${first.node}</h2>`)
    body.push(
      facts([
        ['operator', first.op],
        ['value', first.tensor],
        ['place in the graph', `node ${first.position + 1}`],
        ['weights that differ', first.weights.join(', ') || 'none'],
        ['max abs', number(c.maxAbs)],
        ['RMSE', number(c.rmse)],
        ['PSNR', `${decibels(c.psnr)} (peak ${c.peak})`],
        ['worst, at', `[${c.worst.join(', ')}]`],
      ]),
    )
    body.push(html`<div class="charts">${histogramChart(c.histogram, `|A - B| of ${first.tensor}`)}</div>`)
  }
  const values = trace.map(({ node, share, tensor }) => ({ label: node, share, hit: tensor === first?.tensor }))
  body.push(
    html`<h2>On the way there</h2>${traceChart(values, 'Largest difference of each value, as a share of its largest magnitude (logarithmic, 1e-9 to 1)')}`,
  )
  const rows = trace.map(({ node, op, tensor, maxAbs, share }) => [node, op, tensor, number(maxAbs), number(share)])
  body.push(dataTable('Values in the order they are computed', ['node', 'operator', 'value', 'max abs', 'share'], rows))
  if (skipped.length > 0)
    body.push(
      dataTable(
        'Values left out',
        ['value', 'why'],
        skipped.map(({ tensor, reason }) => [tensor, reason]),
      ),
    )
  return page({ title: 'First diverging node', tone: equal ? 'good' : 'bad', verdict, body })
}
