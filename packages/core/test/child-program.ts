import { type ChildProcess, spawn } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'
import { afterAll, beforeAll } from 'vitest'

/** A process while it runs. */
export interface Running {
  readonly child: ChildProcess
  /** What it said, or the signal that ended it. */
  readonly ended: Promise<string>
  /** Resolves once it said this much, or is gone. */
  said(text: string): Promise<void>
}

/** A program of the tests, to be started as processes of their own; all are gone after the tests of a file. `shell` goes before it. */
export function childProgram(source: string): (args: readonly string[], shell?: string) => Running {
  const children = new Set<ChildProcess>()
  let folder = ''
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'i2i-child-'))
    await build({
      entryPoints: [fileURLToPath(new URL(source, import.meta.url))],
      bundle: true,
      platform: 'node',
      format: 'esm',
      outfile: join(folder, 'child.mjs'),
      target: 'es2022',
      external: ['sharp'],
    })
  })
  afterAll(async () => {
    for (const child of children) child.kill('SIGKILL')
    await rm(folder, { recursive: true, force: true })
  })
  return (args, shell = '') => {
    const child = spawn('sh', ['-c', `${shell} exec "$@"`, 'sh', process.execPath, join(folder, 'child.mjs'), ...args])
    children.add(child)
    let heard = ''
    const hear = (part: Buffer): void => {
      heard += part
    }
    child.stdout?.on('data', hear)
    child.stderr?.on('data', hear)
    const ended = new Promise<string>((done) => child.on('close', (_, signal) => done(signal ?? heard)))
    const said = async (text: string): Promise<void> => {
      const gone = () => child.exitCode !== null || child.signalCode !== null
      while (!heard.includes(text) && !gone()) await new Promise((done) => setTimeout(done, 5))
    }
    return { child, ended, said }
  }
}
