import type { ArrayComparison, CallComparison, DumpComparison, StageComparison, StageVerdict } from '../dump/compare.js'
import { picturesOf } from '../dump/pictures.js'
import type { Dump, DumpCall } from '../dump/types.js'
import { differenceImage } from '../images/difference.js'
import { tensorDifference } from '../images/tensor-difference.js'
import type { Tolerance } from '../tensors/tolerance.js'
import { histogramChart } from './charts.js'
import { figure, heatFigure, pictureRow } from './figures.js'
import { decibels, number } from './format.js'
import { badge, dataTable, facts, type Html, html, type Tone } from './html.js'
import { page } from './page.js'
import { runTable } from './run-facts.js'

const mostCalls = 3

const tones: Readonly<Record<StageVerdict, Tone>> = {
  identical: 'good',
  close: 'good',
  differs: 'bad',
  missing: 'bad',
  unknown: 'note',
}

/** A self-contained HTML page about two dumps: stage table, pictures side by side, difference heat maps, histograms. @throws DUMP_INVALID */
export async function comparisonReport(a: Dump, b: Dump, comparison: DumpComparison): Promise<string> {
  const body = [runTable(a, b)]
  // What differs is what the reader came for.
  const order = [...comparison.calls].sort((x, y) => Number(!x.firstDivergence) - Number(!y.firstDivergence))
  for (const call of order.slice(0, mostCalls)) body.push(await callSection(call, a, b))
  if (order.length > mostCalls) {
    body.push(html`<p class="soft">${mostCalls} of ${order.length} calls are shown, those that differ first.</p>`)
  }
  const tone = comparison.equal ? 'good' : comparison.firstDivergence ? 'bad' : 'note'
  return page({ title: 'Two dumps compared', tone, verdict: comparison.verdict, body })
}

/** The terminal's version: the same sentence, and a line for each array of the call that matters most. */
export function comparisonText(comparison: DumpComparison): string {
  const call = comparison.calls.find(({ firstDivergence }) => firstDivergence) ?? comparison.calls[0]
  const lines = (call?.stages ?? []).flatMap(({ stage, arrays }) =>
    arrays.map((array) => `  ${stage.padEnd(12)}${label(array).padEnd(12)}${array.verdict.padEnd(10)}${array.reason}`),
  )
  const stated = (call?.stated ?? []).map((step) => `  stated      ${step}`)
  return [comparison.verdict, ...lines, ...stated].join('\n')
}

async function callSection(call: CallComparison, a: Dump, b: Dump): Promise<Html> {
  const left = a.calls.find(({ name }) => name === call.a)
  const right = b.calls.find(({ name }) => name === call.b)
  const rows = call.stages.flatMap((stage) => stage.arrays.map((array) => arrayRow(stage, array, call)))
  const headings = [
    'stage',
    'name',
    'verdict',
    'max abs',
    'mean abs',
    'RMSE',
    'PSNR',
    'cosine',
    'NaN in A, B',
    'remark',
  ]
  const first = call.stages.find(({ stage }) => stage === call.firstDivergence)
  const pair = call.a === call.b ? `Call ${call.a}` : `Call ${call.a} and ${call.b}`
  return html`<section><h2>${pair} ${call.firstDivergence ? badge('bad', `diverges at ${call.firstDivergence}`) : badge('good', 'agrees')}</h2>
${dataTable('The four stages, in the order that a picture passes them', headings, rows)}
${call.stated.length > 0 ? html`<p>The two calls state other steps: ${call.stated.join('; ')}.</p>` : undefined}
${first ? html`<h3>Where they part: ${first.stage}</h3>${first.arrays.map(arrayDetails)}` : undefined}
${left && right && first ? await tensorMaps(left, right, first) : undefined}
${left && right ? await pictures(left, right) : undefined}</section>`
}

function arrayRow(stage: StageComparison, array: ArrayComparison, call: CallComparison): (Html | string)[] {
  const { comparison: c, verdict, reason } = array
  const mark = stage.stage === call.firstDivergence && tones[verdict] === 'bad' ? 'first: ' : ''
  const numbers = c
    ? [number(c.maxAbs), number(c.meanAbs), number(c.rmse), decibels(c.psnr), c.cosine.toFixed(6), c.nan.join(', ')]
    : ['', '', '', '', '', '']
  return [
    stage.stage,
    label(array),
    badge(tones[verdict], mark + verdict),
    ...numbers,
    html`<div class="remark">${c && !c.identical ? `${c.outside} outside the tolerance` : reason}</div>`,
  ]
}

function arrayDetails(array: ArrayComparison): Html {
  const { comparison: c, gate, reason } = array
  if (!c) return html`<p><strong>${label(array)}</strong>: ${reason}.</p>`
  const { percentiles: p } = c
  const held = 'rtol' in gate ? toleranceText(gate) : `PSNR of ${gate.minPsnr} dB`
  return html`<h3>${label(array)}</h3>${facts([
    ['held to', held],
    ['outside', `${c.outside} numbers`],
    ['first outside, at', c.first ? `[${c.first.join(', ')}]` : 'none'],
    ['worst, at', `[${c.worst.join(', ')}]`],
    ['|A - B| at p50, p90', `${number(p.p50)}, ${number(p.p90)}`],
    ['at p99, p99.9', `${number(p.p99)}, ${number(p['p99.9'])}`],
    ['largest relative', number(c.maxRel)],
    ['PSNR takes full scale as', String(c.peak)],
  ])}<div class="charts">${histogramChart(c.histogram, `|A - B| of ${label(array)}`)}</div>`
}

async function pictures(a: DumpCall, b: DumpCall): Promise<Html> {
  const rows: Html[] = []
  const others = picturesOf(b)
  for (const one of picturesOf(a)) {
    const other = others.find(({ stage, name }) => stage === one.stage && name === one.name)
    if (!one.read || !other?.read) continue
    const [left, right] = [await one.read(), await other.read()]
    const what = one.stage === 'sdkInput' ? 'SDK input' : `SDK output: ${one.name}`
    const figures = [await figure(left, `A, ${what}`), await figure(right, `B, ${what}`)]
    const difference = alike(left, right) ? differenceImage(left, right) : undefined
    if (difference) figures.push(await heatFigure(difference, 'in 8-bit steps'))
    rows.push(html`<h3>${what}</h3>`, pictureRow(figures))
  }
  return html`${rows}`
}

function alike(a: { format: string; width: number; height: number }, b: typeof a): boolean {
  return a.format === b.format && a.width === b.width && a.height === b.height
}

async function tensorMaps(a: DumpCall, b: DumpCall, { stage, arrays }: StageComparison): Promise<Html> {
  const figures: Html[] = []
  for (const { name, comparison } of arrays) {
    if (!comparison || comparison.identical || (stage !== 'modelInput' && stage !== 'modelOutput')) continue
    const [one, other] = [a, b].map(({ tensors }) => tensors.find((t) => t.stage === stage && t.name === name))
    if (!one?.read || !other?.read) continue
    const map = tensorDifference(await one.read(), await other.read())
    if (map) figures.push(await heatFigure(map, `of ${name}`))
  }
  return figures.length > 0 ? html`<h3>Where in the tensor</h3>${pictureRow(figures)}` : html``
}

function toleranceText({ rtol, atol }: Tolerance): string {
  return rtol === 0 && atol === 0 ? 'equality' : `rtol ${number(rtol)}, atol ${number(atol)}`
}

function label({ name, plane }: ArrayComparison): string {
  return plane ? `${name}.${plane}` : name
}
