import { randomBytes } from 'node:crypto'
import { realpath, rename, rm, stat } from 'node:fs/promises'
import { basename, dirname, extname, join } from 'node:path'
import { I2iError } from '@i2i/core'

/** A file that is written beside its place and appears whole or not at all. */
export class OutputFile implements AsyncDisposable {
  /** Where to write. */
  readonly part: string
  readonly #path: string
  readonly #overwrite: boolean

  private constructor(path: string, overwrite: boolean) {
    this.#path = path
    this.#overwrite = overwrite
    // ffmpeg takes the container from the ending.
    this.part = beside(path)
  }

  /** @throws OPTION_INVALID where it is the input, is there already, or its folder is not */
  static async claim(path: string, input: string, overwrite: boolean): Promise<OutputFile> {
    const folder = dirname(path)
    if (!(await stat(folder).catch(() => undefined))?.isDirectory()) {
      throw new I2iError('OPTION_INVALID', `the folder ${folder} of ${path} does not exist; make it first`)
    }
    if (await sameFile(path, input)) {
      throw new I2iError('OPTION_INVALID', `${path} is the video that is read; name another file for the result`)
    }
    const file = new OutputFile(path, overwrite)
    await file.#refuseTaken()
    return file
  }

  /** Puts what was written in its place. @throws OPTION_INVALID where another file came meanwhile, VIDEO_FAILED */
  async commit(): Promise<void> {
    await this.#refuseTaken()
    await rename(this.part, this.#path).catch((cause: unknown) => {
      throw new I2iError('VIDEO_FAILED', `cannot put the result at ${this.#path}: ${String(cause)}`, { cause })
    })
  }

  async #refuseTaken(): Promise<void> {
    const there = await stat(this.#path).catch(() => undefined)
    if (!there || (this.#overwrite && there.isFile())) return
    const remedy = there.isFile() ? 'name another file, or overwrite it (--force)' : 'it is no file; name another'
    throw new I2iError('OPTION_INVALID', `${this.#path} is there already; ${remedy}`)
  }

  /** Removes what was not committed. */
  async [Symbol.asyncDispose](): Promise<void> {
    await rm(this.part, { force: true })
  }
}

function beside(path: string): string {
  const ending = extname(path)
  return join(dirname(path), `.${basename(path, ending)}.${randomBytes(4).toString('hex')}.part${ending}`)
}

async function sameFile(a: string, b: string): Promise<boolean> {
  const real = (path: string): Promise<string | undefined> => realpath(path).catch(() => undefined)
  const [one, other] = [await real(a), await real(b)]
  if (one === undefined || other === undefined) return false
  const [p, q] = [await stat(one), await stat(other)]
  return one === other || (p.ino !== 0 && p.ino === q.ino && p.dev === q.dev)
}
