import type { Dump } from '../dump/types.js'
import { badge, dataTable, facts, type Html, html } from './html.js'

/** What a dump's manifest.json says of the run, as far as it does. */
export function runRows({ run, path }: Dump): (readonly [string, string])[] {
  const model = recordOf(run['model'])
  const variant = recordOf(model['variant'])
  const [file] = Array.isArray(variant['files']) ? variant['files'].map(recordOf) : []
  const named = (value: unknown) => (typeof value === 'string' ? value : undefined)
  const versions = pairs(run['versions'])
  const rows: (readonly [string, string | undefined])[] = [
    ['dump', path],
    ['model', join([model['id'], model['version'], model['identity'] === true ? '(identity model in its place)' : ''])],
    ['variant', join([variant['id'], variant['id'] === variant['precision'] ? '' : variant['precision']])],
    ['model sha256', named(file?.['sha256'])],
    ['runtime', join([run['backend'], 'on', run['device'], versions && `(${versions})`])],
    ['pixels by', named(run['engine'])],
    ['host', pairs(run['host'])],
    ['SDK', pairs(run['sdk'])],
  ]
  return rows.flatMap(([label, text]) => (text ? [[label, text] as const] : []))
}

/** The same as a list on a page. */
export function runFacts(dump: Dump): Html {
  return facts(runRows(dump))
}

/** Two runs side by side; what differs is marked. */
export function runTable(a: Dump, b: Dump): Html {
  const [left, right] = [new Map(runRows(a)), new Map(runRows(b))]
  const labels = [...new Set([...left.keys(), ...right.keys()])]
  const rows = labels.map((label) => {
    const [one = '', other = ''] = [left.get(label), right.get(label)]
    // Two dumps lie in two places: that says nothing of the runs.
    const mark = label === 'dump' ? '' : one === other ? 'same' : badge('note', 'differs')
    return [label, wide(one), wide(other), mark]
  })
  return dataTable('The two runs', ['', 'A', 'B', ''], rows)
}

function wide(text: string): Html {
  return html`<div class="wide">${text}</div>`
}

/** A model's id, for sentences. */
export function modelName({ run }: Dump): string {
  const { id } = recordOf(run['model'])
  return typeof id === 'string' ? id : 'the model'
}

function recordOf(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null ? (value as Readonly<Record<string, unknown>>) : {}
}

function pairs(value: unknown): string {
  return Object.entries(recordOf(value))
    .map(([name, text]) => `${name} ${String(text)}`)
    .join(', ')
}

function join(parts: readonly unknown[]): string {
  return parts.filter((part) => typeof part === 'string' && part !== '').join(' ')
}
