import { mkdir, open, rename, rm, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { CallFolder } from '../dump-files/folder-dump.js'

/**
 * The next free number from `first` on: `.0001.partial` while it is written, which end() names `0001`. Making the folder is what claims
 * it, so that two programs can share a dump.
 */
export async function openCallFolder(dir: string, first: number): Promise<CallFolder> {
  for (let number = first; ; number++) {
    const label = String(number).padStart(4, '0')
    const [partial, final] = [join(dir, `.${label}.partial`), join(dir, label)]
    if (!(await claim(partial, final))) continue
    return {
      number,
      async write(name, parts) {
        const out = await open(join(partial, name), 'wx')
        try {
          await out.writev(parts)
        } finally {
          await out.close()
        }
      },
      async end(callJson) {
        await writeFile(join(partial, 'call.json'), callJson)
        await rename(partial, final)
      },
      abandon: () => rm(partial, { recursive: true, force: true }),
    }
  }
}

async function claim(partial: string, final: string): Promise<boolean> {
  try {
    await mkdir(partial)
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'EEXIST') return false
    throw error
  }
  const taken = await stat(final).then(
    () => true,
    () => false,
  )
  if (taken) await rm(partial, { recursive: true, force: true })
  return !taken
}
