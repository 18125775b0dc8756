import { picturesOf } from '../dump/pictures.js'
import { type Dump, type DumpCall, type DumpTensor, stages } from '../dump/types.js'
import { histogramOf } from '../tensors/distribution.js'
import { numbersOf } from '../tensors/numbers.js'
import { histogramChart } from './charts.js'
import { figure, pictureRow } from './figures.js'
import { ms, number } from './format.js'
import { badge, dataTable, facts, type Html, html } from './html.js'
import { page } from './page.js'
import { modelName, runFacts, runRows } from './run-facts.js'

// Each call adds its pictures to the page.
const mostCalls = 4

/** What is suspicious about a dump on its own: failed calls, NaN, infinities, constant results. Empty when nothing is. */
export function dumpConcerns({ calls, run }: Dump): string[] {
  const { identity } = (run['model'] ?? {}) as { identity?: unknown }
  return calls.flatMap((call) => {
    const where = `call ${call.name}`
    const failed = call.outcome === 'failed' ? [`${where} failed: ${String(call.about['error'])}`] : []
    return [...failed, ...call.tensors.flatMap((tensor) => tensorConcerns(tensor, where, identity === true))]
  })
}

function tensorConcerns({ stage, name, statistics, dims }: DumpTensor, where: string, identity: boolean): string[] {
  const { nanCount, infCount, std } = statistics
  const what = `${stage} "${name}" of ${where}`
  if (nanCount > 0) return [`${what} holds ${nanCount} NaN`]
  if (infCount > 0) return [`${what} holds ${infCount} infinities`]
  const size = dims.reduce((product, axis) => product * axis, 1)
  // The masks of an identity model are 1 everywhere.
  return stage === 'modelOutput' && std === 0 && size > 1 && !identity ? [`${what} is constant`] : []
}

/** One sentence about a dump. */
export function dumpVerdict(dump: Dump): string {
  const { calls, run } = dump
  const [first, ...more] = dumpConcerns(dump)
  if (first) return `Suspicious: ${first}${more.length > 0 ? `, and ${more.length} more` : ''}.`
  if (calls.length === 0) return 'The dump holds no finished call.'
  const count = calls.length === 1 ? 'one call' : `${calls.length} calls`
  return `${modelName(dump)} ran ${count} on ${String(run['backend'])} (${String(run['device'])}); the numbers show nothing suspicious.`
}

/** A self-contained HTML page about a dump: pictures, stage table, histograms, timings, what exactly was done. @throws DUMP_INVALID */
export async function dumpReport(dump: Dump): Promise<string> {
  const concerns = dumpConcerns(dump)
  const shown = dump.calls.slice(0, mostCalls)
  const body = [runFacts(dump)]
  if (concerns.length > 0) body.push(html`<ul>${concerns.map((text) => html`<li>${text}</li>`)}</ul>`)
  for (const call of shown) body.push(await callSection(call))
  if (shown.length < dump.calls.length) {
    body.push(html`<p class="soft">The first ${shown.length} of ${dump.calls.length} calls are shown.</p>`)
  }
  const tone = concerns.length > 0 ? 'bad' : dump.calls.length === 0 ? 'note' : 'good'
  return page({ title: 'Dump of an image-to-image link', tone, verdict: dumpVerdict(dump), body })
}

/** The terminal's version: the same sentence, and the run's facts. */
export function dumpText(dump: Dump): string {
  const rows = runRows(dump).map(([label, text]) => `  ${label.padEnd(14)}${text}`)
  return [dumpVerdict(dump), ...dumpConcerns(dump).map((text) => `  ! ${text}`), ...rows].join('\n')
}

async function callSection(call: DumpCall): Promise<Html> {
  const figures: Html[] = []
  for (const { stage, name, read } of picturesOf(call)) {
    if (read) figures.push(await figure(await read(), stage === 'sdkInput' ? 'What came in' : `What went out: ${name}`))
  }
  const rows = stages.flatMap((stage) => call.tensors.filter((tensor) => tensor.stage === stage).map(tensorRow))
  const headings = ['stage', 'name', 'type', 'shape', 'min', 'max', 'mean', 'std', 'NaN', 'infinite', 'sha256']
  return html`<section><h2>Call ${call.name} ${call.outcome === 'failed' ? badge('bad', 'failed') : badge('good', call.outcome)}</h2>
${pictureRow(figures)}
${timingFacts(call)}
${dataTable('The four stages', headings, rows)}
<div class="charts">${await histograms(call)}</div>
<details><summary>What exactly was done</summary><pre>${JSON.stringify(call.about['exact'] ?? call.about, null, 2)}</pre></details></section>`
}

function tensorRow({ stage, name, image, dtype, dims, statistics, sha256, read }: DumpTensor): (Html | string)[] {
  const { min, max, mean, std, nanCount, infCount } = statistics
  const bad = (count: number) => (count > 0 ? badge('bad', String(count)) : '0')
  const full = image?.plane ? `${name}.${image.plane}` : name
  const hash = `${sha256.slice(0, 10)}${read ? '' : ' (redacted)'}`
  const numbers = [min, max, mean, std].map(number)
  return [stage, full, dtype, dims.join(' x '), ...numbers, bad(nanCount), bad(infCount), html`<code>${hash}</code>`]
}

function timingFacts({ about }: DumpCall): Html {
  const timings = (about['timings'] ?? {}) as Readonly<Record<string, unknown>>
  const parts = ['decode', 'pack', 'run', 'unpack', 'dump', 'total'].filter((part) => part in timings)
  if (parts.length === 0) return html``
  const cold = timings['cold'] === true ? ' (first call)' : ''
  return facts(parts.map((part) => [part, `${ms(timings[part])}${part === 'total' ? cold : ''}`]))
}

async function histograms({ tensors }: DumpCall): Promise<Html[]> {
  const charts: Html[] = []
  for (const { stage, name, dtype, read } of tensors) {
    if (!read || (stage !== 'modelInput' && stage !== 'modelOutput')) continue
    const sorted = Float64Array.from(numbersOf((await read()).data, dtype))
      .filter(Number.isFinite)
      .sort()
    if (sorted.length > 1) charts.push(histogramChart(histogramOf(sorted), `${stage} ${name}`))
  }
  return charts
}
