import type { Timings } from '@i2i/core'
import { byId, element } from '../dom.js'
import { ms } from '../words.js'
import { historyChart } from './history.js'

const stages = [
  ['decode', 'Read', 'pixels in'],
  ['pack', 'Pack', 'picture to tensor'],
  ['run', 'Run', 'the model itself'],
  ['unpack', 'Unpack', 'tensor to picture'],
] as const

const kept = 60
let history: Timings[] = []

/** Forgets what was measured: another model or device is another series. */
export function resetTimings(): void {
  history = []
}

/** Adds a call and draws the chart: a bar and a number for each stage, the median beside the last. */
export function showTimings(timings: Timings): void {
  history = [...history.filter(({ cold }) => !cold), timings].slice(-kept)
  const longest = Math.max(...stages.map(([stage]) => timings[stage]), 0.01)
  const rows = stages.map(([stage, label, what]) => {
    const bar = element('span', { class: `bar ${stage}`, 'aria-hidden': 'true' })
    bar.style.setProperty('--share', String(timings[stage] / longest))
    const name = element('th', { scope: 'row' }, label, element('small', {}, what))
    return element('tr', {}, name, element('td', {}, bar), cell(ms(timings[stage])), cell(ms(median(stage))))
  })
  const head = ['Stage', 'Share', 'Last', 'Median'].map((text) => element('th', { scope: 'col' }, text))
  const caption = element('caption', {}, summary(timings))
  const table = element(
    'table',
    {},
    caption,
    element('thead', {}, element('tr', {}, ...head)),
    element('tbody', {}, ...rows),
  )
  const chart = historyChart(history)
  byId('timings', HTMLElement).replaceChildren(table, ...(chart ? [chart] : []))
}

/** A stream tells no stages: what a frame took from end to end. */
export function showPace(took: number): void {
  const text = `${ms(took)} a frame from end to end, on as many pixels as the time allows: the decisions tell.`
  byId('timings', HTMLElement).replaceChildren(element('p', { class: 'soft' }, text))
}

function summary(timings: Timings): string {
  const around = timings.total - timings.run - timings.dump
  const first = timings.cold ? ' The first call is slower than those that follow.' : ''
  const readBacks = timings.readBacks > 0 ? ` ${timings.readBacks} copies from the GPU.` : ''
  return `${ms(timings.total)} in all; ${ms(around)} of it is not the model’s.${readBacks}${first}`
}

function cell(text: string): HTMLElement {
  return element('td', { class: 'number' }, text)
}

function median(stage: (typeof stages)[number][0]): number {
  const sorted = history.map((timings) => timings[stage]).sort((a, b) => a - b)
  return sorted[sorted.length >> 1] ?? 0
}
