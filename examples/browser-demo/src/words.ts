import type { Decision } from '@i2i/core'
import type { DemoError } from './engine/failure.js'

/** A size in the unit that reads best. */
export function size(bytes: number): string {
  return bytes >= 1e6 ? `${(bytes / 1e6).toFixed(1)} MB` : `${Math.ceil(bytes / 1e3)} kB`
}

/** A time in milliseconds, with as many digits as mean something. */
export function ms(value: number): string {
  if (value >= 10_000) return `${(value / 1000).toFixed(1)} s`
  return `${value >= 100 ? value.toFixed(0) : value >= 10 ? value.toFixed(1) : value.toFixed(2)} ms`
}

const names: Readonly<Record<string, string>> = {
  'onnxruntime-web': 'ONNX Runtime',
  tfjs: 'TensorFlow.js',
  webgpu: 'WebGPU',
  wasm: 'WebAssembly',
  cpu: 'the CPU',
  'wasm-relaxed': 'WebAssembly with relaxed SIMD',
  'wasm-simd': 'WebAssembly with SIMD',
  reference: 'plain JavaScript',
}

/** Runtimes, devices and engines as people know them. */
export function named(words: string): string {
  return words
    .split(' ')
    .map((word) => names[word] ?? word)
    .join(', ')
}

const subjects: Readonly<Record<Decision['what'], string>> = {
  backend: 'Runtime',
  device: 'Device',
  variant: 'Weights',
  engine: 'Pixels',
  colorSpace: 'Colours',
  resize: 'Size',
  source: 'Source',
  fallback: 'Instead',
}

/** A decision as a subject, what was decided, and why. */
export function decided({ what, choice, outcome, reason }: Decision): {
  subject: string
  choice: string
  reason: string
} {
  const said = what === 'variant' || what === 'resize' || what === 'colorSpace' ? choice : named(choice)
  return { subject: subjects[what], choice: outcome === 'taken' ? said : `not ${said}`, reason: sentence(reason) }
}

function sentence(reason: string): string {
  // What it is instead of is named by its package and device.
  const [, place = ''] = /^(\S+ \w+): /.exec(reason) ?? []
  if (place.split(' ').every((word) => names[word])) return `${named(place)}${reason.slice(place.length)}`
  const text = reason === 'first in order' ? 'first choice' : reason
  // A name of code keeps its first letter.
  return /^\w+\.\w/.test(text) ? text : text.charAt(0).toUpperCase() + text.slice(1)
}

interface Explanation {
  readonly title: string
  readonly text: string
  /** In the SDK's own words: the value at fault and the remedy. */
  readonly detail: string
}

const explanations: Readonly<Record<string, readonly [title: string, text: string]>> = {
  BACKEND_UNAVAILABLE: [
    'This cannot run here',
    'The chosen runtime and device do not work in this browser. Another device will.',
  ],
  DEVICE_LOST: [
    'The GPU went away',
    'The browser took the GPU back, twice in a row. Trying again asks for a new one; WASM needs none.',
  ],
  OUT_OF_MEMORY: [
    'Not enough memory',
    'The picture is too large for this device. Try a smaller one; what was held has been given back.',
  ],
  MODEL_UNAVAILABLE: [
    'The model did not arrive',
    'Its file is missing, or the network failed. Nothing is broken: try again.',
  ],
  MODEL_INTEGRITY: [
    'The model is not the right one',
    'What was downloaded differs from what its manifest names, so it was not used. Try again.',
  ],
  MODEL_UNSUPPORTED: ['This runtime cannot read the model', 'Choose the other runtime.'],
  IMAGE_INVALID: ['This picture cannot be read', 'The browser does not decode it. A JPEG, PNG, WebP or AVIF will do.'],
  FILE_FOREIGN: [
    'That picture lies on another site',
    'A page may not read its pixels from there. Save it to this device, then drop the file.',
  ],
  CLIP_INVALID: [
    'This video cannot be read',
    'The browser has no decoder for it. MP4 (H.264, AV1) and WebM (VP8, VP9, AV1) usually work.',
  ],
  DISPOSED: ['Stopped', 'Something else was chosen meanwhile.'],
  AbortError: ['Stopped', 'Something else was chosen meanwhile.'],
  CAMERA_REFUSED: [
    'The camera stays off',
    'The browser or you said no. Allow the camera for this page, then try again.',
  ],
  CAMERA_GONE: ['The camera went away', 'It was unplugged, or another program or the browser took it.'],
  CAMERA_MISSING: ['No camera was found', 'Plug one in, or close the program that uses it, then try again.'],
  WORKER: ['The page did not load whole', 'A script of its own could not be fetched. Try again.'],
}

/** A failure in plain words. */
export function explain({ code, message }: DemoError): Explanation {
  const [title, text] = explanations[code] ?? [
    'That did not work',
    'Nothing is lost. Try again, or choose another device.',
  ]
  return { title, text, detail: message }
}
