import type { Decision, Translator } from '@i2i/core'
import { byId, element } from '../dom.js'
import { models } from '../engine/models.js'
import type { Settings } from '../engine/protocol.js'
import { decided, named, size } from '../words.js'

type Told = { readonly decisions: readonly Decision[] } & Partial<Pick<Translator, 'manifest' | 'variant'>>

/** Lists what was chosen, what was refused, and why; and what was downloaded. */
export function showDecisions(told: Told, settings?: Settings): void {
  const items = told.decisions.map((decision) => {
    const { subject, choice, reason } = decided(decision)
    const label = element('b', {}, `${subject}: ${choice}.`)
    return element('li', { class: decision.outcome }, label, ` ${reason.replace(/\.$/, '')}.`)
  })
  const read = filesOf(told, settings).map(({ path, bytes, sha256 }) => {
    const hash = element('code', {}, `${sha256.slice(0, 12)}…`)
    const label = element('b', {}, `File: ${path}.`)
    return element('li', { class: 'taken' }, label, ` ${size(bytes)}, SHA-256 checked: `, hash)
  })
  byId('decisions', HTMLElement).replaceChildren(...items, ...read)
}

// An identity reads no file.
function filesOf({ manifest, variant }: Told, settings: Settings | undefined) {
  if (!settings || models[settings.model].identity) return []
  return manifest?.variants.find(({ id }) => id === variant)?.files ?? []
}

/** Says beside the device picker what `Best` came to; nothing while nothing runs. */
export function showDevice(running?: Pick<Translator, 'backend' | 'device'>): void {
  byId('device-note', HTMLElement).textContent = running
    ? `Running on ${named(running.device)} by ${named(running.backend)}.`
    : ''
}
