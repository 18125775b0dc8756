import { existsSync, readdirSync, statSync } from 'node:fs'
import { basename, join, resolve } from 'node:path'
import { I2iError } from '@i2i/core'

const suffix = '.i2i.json'

/** The manifest that a path means: itself, or the one inside a model's folder. URLs pass through. @throws MODEL_UNAVAILABLE, OPTION_INVALID */
export function manifestPath(path: string): string {
  if (!existsSync(path) || !statSync(path).isDirectory()) return path
  const manifests = readdirSync(path).filter((name) => name.endsWith(suffix))
  const named = basename(resolve(path)) + suffix
  const [first, ...more] = manifests.includes(named) ? [named] : manifests
  if (!first) {
    throw new I2iError('MODEL_UNAVAILABLE', `the folder ${path} has no *${suffix}; name the manifest itself`)
  }
  if (more.length) {
    throw new I2iError(
      'OPTION_INVALID',
      `the folder ${path} has several manifests (${manifests.join(', ')}); name one of them`,
    )
  }
  return join(path, first)
}
