import { ort as nativeOrt } from '@i2i/backend-ort'
import { ort as wasmOrt } from '@i2i/backend-ort/web'
import { tfjs } from '@i2i/backend-tfjs'
import { type Backend, I2iError } from '@i2i/core'
import { Option } from 'commander'

/** The runtimes that the command knows. */
export type BackendName = 'ort' | 'ort-web' | 'tfjs'

/** The names of all of them. */
export const backendNames: readonly BackendName[] = ['ort', 'ort-web', 'tfjs']

/** An option that names a runtime. */
export function backendOption(flags: string, description: string, fallback: BackendName): Option {
  return new Option(flags, description).choices(backendNames).default(fallback)
}

/** An option that names a device. */
export function deviceOption(): Option {
  return new Option('-d, --device <name>', 'device').choices(['auto', 'cpu', 'wasm', 'webgpu', 'webnn']).default('auto')
}

/** The runtime of a name; TensorFlow.js is asked for its npm packages when it is used. @throws OPTION_INVALID for threads of a runtime that has none to set */
export function backendNamed(name: BackendName, options: { threads?: number } = {}): Backend {
  switch (name) {
    case 'ort':
      return nativeOrt(options)
    case 'ort-web':
      return wasmOrt(options)
    case 'tfjs':
      if (options.threads === undefined) return tfjs()
      throw new I2iError('OPTION_INVALID', 'TensorFlow.js takes no --threads; leave it out')
  }
}
