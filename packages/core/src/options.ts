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

// What options must be whose values nothing else judges before they are used: of a type, or with a method.
const types: Readonly<Record<string, string>> = {
  identity: 'boolean',
  onProgress: 'function',
}
const methods: Readonly<Record<string, string>> = {
  color: 'pack',
  // A sink, such as directoryDump() gives.
  dump: 'write',
  files: 'read',
  signal: 'throwIfAborted',
}

/** What an option's value should be and is not, in words. */
function lacking(key: string, value: unknown): string | undefined {
  const type = types[key]
  if (type && typeof value !== type) return `a ${type}`
  const method = methods[key]
  if (method && !(value as Record<string, unknown> | null)?.[method]) return `one with ${method}()`
  return undefined
}

/**
 * Refuses a key that nobody reads (a misspelt option would otherwise do nothing, in silence), and a value of the wrong kind.
 * @throws OPTION_INVALID
 */
export function checkKeys(of: string, options: object, known: readonly string[]): void {
  if (typeof options !== 'object' || options === null) {
    throw new I2iError('OPTION_INVALID', `${of} takes an object of options, got ${String(options)}`)
  }
  for (const [key, value] of Object.entries(options)) {
    const wanted = value === undefined ? undefined : lacking(key, value)
    if (wanted) throw new I2iError('OPTION_INVALID', `${of}: ${key} is ${String(value)}; give ${wanted}`)
    if (known.includes(key)) continue
    const meant = closest(key, known)
    const hint = meant ? `did you mean "${meant}"?` : `it knows ${known.join(', ')}`
    throw new I2iError('OPTION_INVALID', `${of} knows no option "${key}"; ${hint}`, { details: { option: key } })
  }
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
