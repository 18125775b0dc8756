import { type ChildProcess, spawn } from 'node:child_process'
import { statSync } from 'node:fs'
import { join } from 'node:path'
import { I2iError } from '@i2i/core'

/** The two programs of FFmpeg. */
type Program = 'ffmpeg' | 'ffprobe'

/** A program of FFmpeg that is running. */
export interface Running {
  readonly child: ChildProcess
  /** How it ended; never rejects once it was started. */
  readonly ended: Promise<Ending>
  /** Ends it at once if it still runs, and waits until it is gone. */
  stop(): Promise<void>
}

/** How a program ended, and the last it said. */
export interface Ending {
  readonly code: number | null
  readonly signal: NodeJS.Signals | null
  readonly said: string
}

// The last lines tell the cause; a damaged file can bring thousands.
const keptBytes = 4096

/** Starts a program with pipes for the given file descriptors (0 = stdin); stderr is always kept. @throws BACKEND_UNAVAILABLE */
export async function start(program: Program, args: readonly string[], pipes: readonly number[]): Promise<Running> {
  const path = programPath(program)
  const stdio = [0, 1, 2, 3].map((fd) => (pipes.includes(fd) || fd === 2 ? ('pipe' as const) : ('ignore' as const)))
  // A group of its own: Ctrl-C in the terminal reaches us alone, and we end it without a half-written file.
  const child = spawn(path, args, { stdio, detached: process.platform !== 'win32', windowsHide: true })
  let said = ''
  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    said = (said + text).slice(-keptBytes)
  })
  // What breaks in a pipe shows in how the program ended.
  for (const pipe of child.stdio) pipe?.on('error', () => undefined)
  const ended = new Promise<Ending>((resolve) => {
    child.once('close', (code, signal) => resolve({ code, signal, said: said.trim() }))
  })
  await new Promise<void>((resolve, reject) => {
    child.once('spawn', resolve)
    child.once('error', (cause) => reject(missing(program, path, cause)))
  })
  return { child, ended, stop: () => stop(child, ended) }
}

async function stop(child: ChildProcess, ended: Promise<Ending>): Promise<void> {
  if (child.exitCode === null && child.signalCode === null) child.kill('SIGKILL')
  // A reader that nobody empties would keep 'close' from coming.
  for (const pipe of child.stdio) pipe?.destroy()
  await ended
}

/** Runs a program to its end; what it wrote on stdout. @throws BACKEND_UNAVAILABLE */
export async function run(program: Program, args: readonly string[]): Promise<Ending & { readonly out: string }> {
  const { child, ended } = await start(program, args, [1])
  let out = ''
  child.stdout?.setEncoding('utf8').on('data', (text: string) => {
    out += text
  })
  return { ...(await ended), out }
}

/** Runs ffmpeg with these arguments to its end, as translateVideo() finds it. @throws BACKEND_UNAVAILABLE, VIDEO_FAILED with its last words */
export async function ffmpeg(...args: readonly string[]): Promise<void> {
  const ending = await run('ffmpeg', ['-v', 'error', '-nostdin', ...args])
  if (ending.code !== 0) throw new I2iError('VIDEO_FAILED', `ffmpeg ${args.join(' ')}: ${lastWords(ending)}`)
}

/** FFMPEG_PATH names the folder of both programs, or ffmpeg itself with ffprobe beside it; else PATH is searched. */
function programPath(program: Program): string {
  const named = process.env['FFMPEG_PATH']
  if (!named) return program
  if (statSync(named, { throwIfNoEntry: false })?.isDirectory()) return join(named, program)
  return program === 'ffmpeg' ? named : named.replace(/ffmpeg(?=[^/\\]*$)/, program)
}

function missing(program: Program, path: string, cause: Error): I2iError {
  const named = process.env['FFMPEG_PATH'] ? ` (FFMPEG_PATH is ${process.env['FFMPEG_PATH']})` : ''
  return new I2iError(
    'BACKEND_UNAVAILABLE',
    `${program} cannot be started as "${path}"${named}: ${cause.message}. Install FFmpeg (Debian: apt-get install ffmpeg; macOS: brew install ffmpeg; Windows: winget install ffmpeg), or set FFMPEG_PATH to its folder`,
    { cause, details: { program, path } },
  )
}

/** The last lines a program said, as one clause for a message. */
export function lastWords(ending: Ending): string {
  const { code, signal } = ending
  const lines = linesOf(ending)
  const end = signal ? `ended by ${signal}` : `exit code ${code}`
  return lines.length ? `${end}: ${lines.slice(-3).join('; ')}` : end
}

/** The first line a program said: where nothing was done yet, the cause. */
export function firstWords(ending: Ending): string {
  return linesOf(ending)[0] ?? lastWords(ending)
}

// Without the addresses that ffmpeg puts before its lines.
function linesOf({ said }: Ending): readonly string[] {
  return said
    .split('\n')
    .map((line) => line.replace(/^\[.*? @ 0x[0-9a-f]+\] /, '').trim())
    .filter(Boolean)
}
