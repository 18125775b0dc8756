import type { Histogram } from '../tensors/distribution.js'
import { number } from './format.js'
import { type Html, html } from './html.js'

const [width, height, floor] = [360, 120, 100]

/** A histogram as inline SVG; heights are logarithmic, so that a few outliers beside a million zeros are seen. */
export function histogramChart({ edges, counts }: Histogram, title: string): Html {
  const top = Math.log1p(Math.max(1, ...counts))
  const step = width / counts.length
  const bars = counts.map((count, i) => {
    const tall = (Math.log1p(count) / top) * (floor - 14)
    return html`<rect class="bar" x="${(i * step + 0.5).toFixed(1)}" y="${(floor - tall).toFixed(1)}" width="${Math.max(1, step - 1).toFixed(1)}" height="${tall.toFixed(1)}"><title>${number(edges[i]!)} to ${number(edges[i + 1]!)}: ${count}</title></rect>`
  })
  const total = counts.reduce((sum, count) => sum + count, 0)
  const label = `${title}: ${total} numbers from ${number(edges[0]!)} to ${number(edges.at(-1)!)}`
  return html`<figure class="chart"><svg viewBox="0 0 ${width} ${height}" role="img" aria-label="${label}">
${bars}<line class="axis" x1="0" y1="${floor}" x2="${width}" y2="${floor}" stroke-width="1"/>
<text x="0" y="116">${number(edges[0]!)}</text><text x="${width}" y="116" text-anchor="end">${number(edges.at(-1)!)}</text></svg>
<figcaption>${title} (heights are logarithmic)</figcaption></figure>`
}

/** Bars of shares on a logarithmic scale from 1e-9 to 1, one for each node in order; those beyond the limit stand out. */
export function traceChart(
  values: readonly { readonly label: string; readonly share: number; readonly hit: boolean }[],
  title: string,
): Html {
  const step = width / Math.max(1, values.length)
  const bars = values.map(({ label, share, hit }, i) => {
    const decades = share > 0 ? Math.min(9, Math.max(0, Math.log10(share) + 9)) : 0
    const tall = Math.max(1, (decades / 9) * (floor - 14))
    return html`<rect class="${hit ? 'hit' : 'bar'}" x="${(i * step).toFixed(1)}" y="${(floor - tall).toFixed(1)}" width="${Math.max(1, step - 1).toFixed(1)}" height="${tall.toFixed(1)}"><title>${label}: ${number(share)}</title></rect>`
  })
  return html`<figure class="chart"><svg viewBox="0 0 ${width} ${height}" role="img" aria-label="${title}">
${bars}<line class="axis" x1="0" y1="${floor}" x2="${width}" y2="${floor}" stroke-width="1"/>
<text x="0" y="10">1</text><text x="0" y="116">first node</text><text x="${width}" y="116" text-anchor="end">last node compared</text></svg>
<figcaption>${title}</figcaption></figure>`
}
