import { type Backend, type Device, type ModelFiles, readVerified, type Session, type Variant } from '@i2i/core'

/** A session of one variant, without load()'s choice and canary; the caller disposes it. @throws MODEL_*, BACKEND_UNAVAILABLE */
export async function openVariant(
  files: ModelFiles,
  variant: Variant,
  backend: Backend,
  device?: Device,
): Promise<Session> {
  const read = new Map<string, Uint8Array>()
  for (const file of variant.files) read.set(file.path, await readVerified(files, file, {}))
  const entry = variant.files.find(({ role }) => role === 'graph') ?? variant.files[0]
  const model = { format: variant.format, entry: entry?.path ?? '', files: read }
  return await backend.openSession(model, device ? { device } : {})
}
