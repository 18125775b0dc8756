import type { Decision } from '@i2i/core'
import { byId, element } from '../dom.js'
import type { Opened } from '../engine/protocol.js'
import { decided, named, size } from '../words.js'

/** Lists what was chosen, what was refused, and why; and what was downloaded. */
export function showDecisions(decisions: readonly Decision[], files: Opened['files'] = []): void {
  const items = decisions.map((decision) => {
    const { subject, choice, reason } = decided(decision)
    const label = element('b', {}, `${subject}: ${choice}.`)
    return element('li', { class: decision.outcome }, label, ` ${reason.replace(/\.$/, '')}.`)
  })
  const read = files.map(({ path, bytes, sha256 }) => {
    const hash = element('code', {}, `${sha256.slice(0, 12)}…`)
    return element(
      'li',
      { class: 'taken' },
      element('b', {}, `File: ${path}.`),
      ` ${size(bytes)}, SHA-256 checked: `,
      hash,
    )
  })
  byId('decisions', HTMLElement).replaceChildren(...items, ...read)
}

/** Says beside the device picker what `Best` came to. */
export function showDevice({ backend, device }: Pick<Opened, 'backend' | 'device'>): void {
  byId('device-note', HTMLElement).textContent = `Running on ${named(device)} by ${named(backend)}.`
}
