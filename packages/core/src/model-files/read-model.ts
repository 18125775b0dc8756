import type { Variant } from '../manifest.js'
import type { ModelBytes, ModelFileOptions, ModelFiles } from '../ports.js'
import type { LoadOptions } from '../types.js'
import { readVerified } from './verify.js'

export { filesOf } from './folder.js'

/** The verified files of a variant, one after the other; progress counts the bytes of all. @throws as readVerified() */
export async function readModel(
  files: ModelFiles,
  variant: Variant,
  { signal, onProgress, onNotice }: Pick<LoadOptions, 'signal' | 'onProgress'> & Pick<ModelFileOptions, 'onNotice'>,
): Promise<ModelBytes> {
  const total = variant.files.reduce((sum, file) => sum + file.bytes, 0)
  const read = new Map<string, Uint8Array>()
  let before = 0
  for (const file of variant.files) {
    const bytes = await readVerified(files, file, {
      signal,
      ...(onNotice && { onNotice }),
      onProgress: (loaded) => onProgress?.({ phase: 'download', loaded: before + loaded, total }),
      onVerify: () => onProgress?.({ phase: 'verify', loaded: before + file.bytes, total }),
    })
    read.set(file.path, bytes)
    before += file.bytes
  }
  const entry = variant.files.find(({ role }) => role === 'graph') ?? variant.files[0]
  return { format: variant.format, entry: entry?.path ?? '', files: read }
}
