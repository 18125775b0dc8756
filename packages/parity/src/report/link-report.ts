import type { RawImage } from '@i2i/core'
import type { Diagnosis, Fault } from '../doctor/types.js'
import { differenceImage } from '../images/difference.js'
import type { LinkPlace } from '../link/run-link.js'
import { figure, heatFigure, pictureRow } from './figures.js'
import { ms, number } from './format.js'
import { badge, dataTable, facts, type Html, html } from './html.js'
import { page } from './page.js'

/** What checkLink() adds to a diagnosis. */
export interface LinkFindings extends Diagnosis {
  readonly halves?: { readonly before: Diagnosis; readonly after: Diagnosis }
  readonly nonComputeMs?: Readonly<Record<string, { readonly p50: number; readonly p95: number }>>
  readonly place?: LinkPlace
  readonly pictures?: LinkPictures
}

/** The pictures of a link check, for its report. */
export interface LinkPictures {
  readonly sent?: RawImage
  readonly received?: RawImage
  /** What should have been received, where that is not what was sent. */
  readonly expected?: RawImage
}

/** One sentence about a link. */
export function linkVerdict({ faithful, faults, halves }: LinkFindings): string {
  const found = faults.filter(({ severity }) => severity === 'fault')
  if (faithful && halves && !(halves.before.faithful && halves.after.faithful)) {
    const half = halves.before.faithful ? 'after the model' : 'before the model'
    return `The picture comes back as it went in, but the half ${half} is at fault; two faults cancel.`
  }
  if (faithful) {
    const notes = faults.map(({ code }) => code)
    return notes.length > 0
      ? `The link is faithful, with a note: ${notes.join(', ')}.`
      : 'The link is faithful: what comes out is what went in.'
  }
  if (found.some(({ code, evidence }) => code === 'UNEXPLAINED' && evidence['unlike'] !== undefined))
    return 'The received picture is not the one that was sent, or nothing of it is left.'
  return `The link is at fault: ${found.map(({ code }) => code).join(' and ')}.`
}

/** Whether nothing is wrong in either half. */
export function linkFaithful({ faithful, halves }: LinkFindings): boolean {
  return faithful && (halves?.before.faithful ?? true) && (halves?.after.faithful ?? true)
}

/** A self-contained HTML page about a link check: what was checked where, the faults with their evidence, both halves, pictures (checkLink's own unless others are given), latency. */
export async function linkReport(
  findings: LinkFindings,
  pictures: LinkPictures = findings.pictures ?? {},
): Promise<string> {
  const { faults, halves, nonComputeMs, place, residual } = findings
  const body = [place ? placeFacts(place) : html``, await pictureSection(pictures)]
  body.push(html`<h2>Faults</h2>`, faultList('From end to end', faults))
  body.push(html`<p class="soft">What no fault explains: a residual of ${number(residual)}.</p>`)
  if (halves) {
    body.push(html`<h2>The two halves</h2>`)
    body.push(faultList('Before the model: picture to model input', halves.before.faults))
    body.push(faultList('After the model: model output to picture', halves.after.faults))
  }
  if (nonComputeMs) body.push(latency(nonComputeMs))
  const tone = linkFaithful(findings) ? (faults.length > 0 ? 'note' : 'good') : 'bad'
  return page({ title: 'Link check', tone, verdict: linkVerdict(findings), body })
}

/** The terminal's version: the same sentence, and a line for each fault. */
export function linkText(findings: LinkFindings): string {
  const { faults, halves, nonComputeMs } = findings
  const lines = [linkVerdict(findings), ...faults.map((fault) => faultLine(fault))]
  for (const [half, diagnosis] of Object.entries(halves ?? {}))
    lines.push(...diagnosis.faults.map((fault: Fault) => faultLine(fault, `${half} the model: `)))
  for (const [stage, { p50, p95 }] of Object.entries(nonComputeMs ?? {}))
    lines.push(`  ${stage.padEnd(10)}${ms(p50)} at p50, ${ms(p95)} at p95`)
  return lines.join('\n')
}

function faultLine({ code, severity, message, alternatives }: Fault, where = ''): string {
  const others = alternatives.length > 0 ? ` (or ${alternatives.join(', ')})` : ''
  return `  ${severity === 'fault' ? '!' : '-'} ${where}${code}${others}: ${message}`
}

// Blocks rather than a table: a phone is where a tester reads this, and messages are sentences.
function faultList(where: string, faults: readonly Fault[]): Html {
  if (faults.length === 0) return html`<p>${where}: ${badge('good', 'nothing wrong')}</p>`
  const blocks = faults.map(({ code, severity, message, evidence, alternatives }) => {
    const rows = Object.entries(evidence).map(
      ([name, value]) => [name, String(typeof value === 'number' ? number(value) : value)] as const,
    )
    const others = alternatives.length > 0 ? [['cannot be told from', alternatives.join(', ')] as const] : []
    return html`<h3>${code} ${badge(severity === 'fault' ? 'bad' : 'note', severity)}</h3><p>${message}</p>${facts([...rows, ...others])}`
  })
  return html`<p class="soft">${where}</p>${blocks}`
}

function placeFacts({ model, version, backend, device, engine, host }: LinkPlace): Html {
  return facts([
    ['model', `${model} ${version} (identity model in its place)`],
    ['runtime', `${backend} on ${device}`],
    ['pixels by', engine],
    ['host', host],
  ])
}

async function pictureSection({ sent, received, expected = sent }: LinkPictures): Promise<Html> {
  const figures: Html[] = []
  if (sent) figures.push(await figure(sent, 'Sent'))
  if (received) figures.push(await figure(received, 'Received'))
  if (expected && received && sameShape(expected, received))
    figures.push(await heatFigure(differenceImage(expected, received), 'in 8-bit steps'))
  return figures.length > 0 ? pictureRow(figures) : html``
}

function sameShape(a: RawImage, b: RawImage): boolean {
  return a.width === b.width && a.height === b.height && a.format === b.format
}

function latency(stages: NonNullable<LinkFindings['nonComputeMs']>): Html {
  const rows = Object.entries(stages).map(([stage, { p50, p95 }]) => [stage, ms(p50), ms(p95)])
  return html`<h2>Time that is not the model's</h2>${dataTable('Milliseconds a call', ['stage', 'p50', 'p95'], rows)}`
}
