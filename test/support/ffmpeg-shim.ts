import { chmod, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { ffmpegProgram } from './ffmpeg.js'

/** A folder for FFMPEG_PATH whose ffmpeg tells who it is, and then is the real one. */
export interface Shim {
  readonly folder: string
  /** The processes of a kind that were started, in order. */
  pids(kind: 'decoder' | 'encoder'): Promise<readonly number[]>
  /** Those that still run. */
  running(): Promise<readonly number[]>
}

/** `disk: 'full'`: the encoder writes to a device that has no room. */
export async function ffmpegShim(folder: string, disk?: 'full'): Promise<Shim> {
  const list = join(folder, 'pids')
  const full = `n=$#; i=0
for a do i=$((i+1)); shift; if [ $i = $n ]; then set -- "$@" -f mp4 /dev/full; else set -- "$@" "$a"; fi; done`
  const script = `#!/bin/sh
kind=other
for a do case "$a" in pipe:0) kind=encoder;; pipe:1) kind=decoder;; esac; done
echo $kind $$ >> '${list}'
${disk === 'full' ? `if [ $kind = encoder ]; then\n${full}\nfi` : ''}
exec '${ffmpegProgram('ffmpeg')}' "$@"
`
  // A name on PATH is no path for exec, but sh looks there too.
  await writeFile(join(folder, 'ffmpeg'), script.replace(/exec '([^/]*)'/, 'exec $1'))
  await writeFile(join(folder, 'ffprobe'), `#!/bin/sh\nexec ${ffmpegProgram('ffprobe')} "$@"\n`)
  for (const name of ['ffmpeg', 'ffprobe']) await chmod(join(folder, name), 0o755)
  await writeFile(list, '')
  const all = async (): Promise<readonly (readonly [string, number])[]> => {
    const lines = (await readFile(list, 'utf8')).trim().split('\n').filter(Boolean)
    return lines.map((line) => line.split(' ')).map(([kind = '', pid]) => [kind, Number(pid)])
  }
  return {
    folder,
    pids: async (kind) => (await all()).filter(([name]) => name === kind).map(([, pid]) => pid),
    running: async () => (await all()).map(([, pid]) => pid).filter(runs),
  }
}

function runs(pid: number): boolean {
  try {
    return process.kill(pid, 0)
  } catch {
    return false
  }
}
