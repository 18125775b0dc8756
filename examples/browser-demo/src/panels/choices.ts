import { models } from '../engine/models.js'
import type { Settings } from '../engine/protocol.js'

/** Greys what cannot run with what is chosen; where it was chosen itself, what can takes its place. */
export function settleChoices(form: HTMLFormElement): void {
  const { model } = chosen(form)
  offer(form, 'backend', (value) => models[model].backends.includes(value))
  const { backend } = chosen(form)
  // In a page ONNX Runtime is WebAssembly or WebGPU.
  offer(form, 'device', (value) => backend !== 'ort' || value !== 'cpu')
}

/** What the form says. */
export function chosen(form: HTMLFormElement): Settings {
  // A disabled input is none of a form's data, but no chosen one stays disabled. The markup offers these values and no others.
  return Object.fromEntries(new FormData(form)) as unknown as Settings
}

function offer<K extends keyof Settings>(form: HTMLFormElement, name: K, runs: (value: Settings[K]) => boolean): void {
  const inputs = [...form.querySelectorAll<HTMLInputElement>(`input[name="${name}"]`)]
  for (const input of inputs) input.disabled = !runs(input.value as Settings[K])
  const usable = inputs.filter(({ disabled }) => !disabled)
  const [first] = usable
  if (first && !usable.some(({ checked }) => checked)) first.checked = true
}
