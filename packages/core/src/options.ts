import { I2iError } from '@i2i/color'
import { closest } from './manifest/typo.js'

/** Carries what the app's own callback threw past those who take errors for a runtime's. */
export class CallbackError extends Error {}

/** A callback whose errors come as CallbackErrors, with what was thrown as their cause. */
export function guarded<A>(callback: (value: A) => void): (value: A) => void {
  return (value) => {
    try {
      callback(value)
    } catch (cause) {
      throw new CallbackError('a callback failed', { cause })
    }
  }
}

/** Refuses a value that is none of those known. @throws OPTION_INVALID */
export function checkChoice(name: string, value: string, known: readonly string[]): void {
  if (known.includes(value)) return
  const meant = value === 'gpu' ? 'webgpu' : closest(value, known)
  const hint = meant ? `did you mean "${meant}"?` : `use one of ${known.join(', ')}`
  throw new I2iError('OPTION_INVALID', `${name} is ${JSON.stringify(value)}; ${hint}`, { details: { [name]: value } })
}

/** Refuses a key that nobody reads: a misspelt option would otherwise do nothing, in silence. @throws OPTION_INVALID */
export function checkKeys(of: string, options: object, known: readonly string[]): void {
  if (typeof options !== 'object' || options === null) {
    throw new I2iError('OPTION_INVALID', `${of} takes an object of options, got ${String(options)}`)
  }
  const unknown = Object.keys(options).find((key) => !known.includes(key))
  if (unknown === undefined) return
  const meant = closest(unknown, known)
  const hint = meant ? `did you mean "${meant}"?` : `it knows ${known.join(', ')}`
  throw new I2iError('OPTION_INVALID', `${of} knows no option "${unknown}"; ${hint}`, { details: { option: unknown } })
}

export const loadKeys: readonly string[] = [
  'backend',
  'device',
  'variant',
  'identity',
  'dump',
  'color',
  'files',
  'baseUrl',
  'store',
  'onProgress',
  'signal',
]

export const translateKeys: readonly string[] = [
  'format',
  'colorSpace',
  'as',
  'into',
  'crop',
  'params',
  'signal',
  'onProgress',
  'gpuTimings',
]

export const streamKeys: readonly string[] = ['late', 'format', 'budgetMs', 'steady', 'signal']
