import { I2iError } from '@i2i/core'
import { reasonOf } from './errors.js'
import type { OrtModule, Runtime } from './runtime.js'

/** The runtime's module; the module system keeps it, so nothing is cached here. @throws BACKEND_UNAVAILABLE */
export async function loadRuntime(runtime: Runtime): Promise<OrtModule> {
  try {
    return await runtime.load()
  } catch (cause) {
    const absent = cause instanceof Error && 'code' in cause && cause.code === 'ERR_MODULE_NOT_FOUND'
    throw new I2iError(
      'BACKEND_UNAVAILABLE',
      absent
        ? `${runtime.name} is not installed. Run: npm install ${runtime.name}`
        : `${runtime.name} did not load: ${reasonOf(cause)}. If it is not installed, run: npm install ${runtime.name}`,
      { details: { package: runtime.name }, cause },
    )
  }
}
