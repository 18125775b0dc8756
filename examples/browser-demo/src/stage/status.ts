import type { LoadProgress } from '@i2i/core'
import { byId } from '../dom.js'
import type { DemoError } from '../engine/failure.js'
import { explain, size } from '../words.js'

const status = byId('status', HTMLElement)
const progress = byId('progress', HTMLProgressElement)
const notice = byId('notice', HTMLElement)

/** One sentence in the live region. */
export function say(text: string): void {
  progress.hidden = true
  if (status.textContent !== text) status.textContent = text
}

/** How far a model is. The words change with the phase alone: a screen reader need not hear every byte. */
export function sayProgress({ phase, loaded, total = 0 }: LoadProgress): void {
  progress.hidden = false
  if (phase === 'compile') progress.removeAttribute('value')
  else progress.value = total > 0 ? loaded / total : 0
  const text = {
    download: `Fetching the model, ${size(total)}…`,
    verify: 'Checking the model’s SHA-256…',
    compile: 'Starting the runtime…',
    warmup: 'Comparing with known numbers…',
  }[phase]
  if (status.textContent !== text) status.textContent = text
}

/** How far a long task is, from 0 to 1. */
export function sayShare(text: string, share: number): void {
  say(text)
  progress.hidden = false
  progress.value = share
}

// What lies in the file cannot be mended by trying it again, and nothing of this by another device.
const ofTheFile: ReadonlySet<string> = new Set(['IMAGE_INVALID', 'FILE_FOREIGN', 'CLIP_INVALID'])
const notOfTheDevice: ReadonlySet<string> = new Set([
  ...ofTheFile,
  'CAMERA_REFUSED',
  'CAMERA_MISSING',
  'CAMERA_GONE',
  'MODEL_UNAVAILABLE',
  'MODEL_INTEGRITY',
  'WORKER',
])

/** Says what went wrong and what to do; the picture stays. */
export function showFailure(error: DemoError, device: string): void {
  const { title, text, detail } = explain(error)
  byId('notice-title', HTMLElement).textContent = title
  byId('notice-text', HTMLElement).textContent = text
  byId('notice-detail', HTMLElement).textContent = detail
  byId('notice-retry', HTMLElement).hidden = ofTheFile.has(error.code)
  byId('notice-auto', HTMLElement).hidden = device === 'auto' || notOfTheDevice.has(error.code)
  notice.hidden = false
  // It grows below the picture, where a small window ends.
  notice.scrollIntoView({ block: 'nearest' })
  // The notice is an alert: it is read out by itself.
  say('No new result.')
}

export function hideFailure(): void {
  notice.hidden = true
}
