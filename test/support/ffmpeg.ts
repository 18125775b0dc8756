import { execFile } from 'node:child_process'
import { existsSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { type ColorSpaceInit, type RawImage, rawImage } from '@i2i/core'
import { rootPath } from './pictures.js'

const execute = promisify(execFile)

/** One of FFmpeg's programs: from FFMPEG_PATH, where scripts/test.mjs found them, else from PATH. */
export function ffmpegProgram(name: 'ffmpeg' | 'ffprobe'): string {
  const path = process.env['FFMPEG_PATH']
  return path && existsSync(path) && statSync(path).isDirectory() ? join(path, name) : name
}

/** Runs ffmpeg and gives what it wrote on stdout. */
export async function ffmpeg(...args: readonly string[]): Promise<Buffer> {
  const all = ['-v', 'error', '-nostdin', '-y', ...args]
  const { stdout } = await execute(ffmpegProgram('ffmpeg'), all, { encoding: 'buffer', maxBuffer: 2 ** 30 })
  return stdout
}

/** What a file says about its streams. */
export async function streamsOf(path: string): Promise<readonly Record<string, string>[]> {
  const { stdout } = await execute(ffmpegProgram('ffprobe'), ['-v', 'error', '-of', 'json', '-show_streams', path])
  return JSON.parse(stdout).streams
}

/** Timestamps of every frame of a video, in seconds from the first. */
export async function timesOf(path: string): Promise<readonly number[]> {
  const args = ['-v', 'error', '-select_streams', 'v:0', '-show_entries', 'frame=pts_time', '-of', 'json', path]
  const { stdout } = await execute(ffmpegProgram('ffprobe'), args, { maxBuffer: 2 ** 28 })
  const times = (JSON.parse(stdout).frames as { pts_time: string }[]).map(({ pts_time }) => Number(pts_time))
  return times.map((time) => Number((time - times[0]!).toFixed(6)))
}

/** Every stored frame as I420, as ffmpeg decodes it with no conversion. */
export async function framesOf(
  path: string,
  width: number,
  height: number,
  colorSpace?: ColorSpaceInit,
): Promise<readonly RawImage[]> {
  const stored = (await streamsOf(path)).find(({ codec_type }) => codec_type === 'video')?.['pix_fmt'] ?? ''
  if (!/^yuvj?420p$/.test(stored)) throw new Error(`${path} holds ${stored}`)
  const bytes = await ffmpeg(
    '-noautorotate',
    '-i',
    path,
    '-map',
    '0:v:0',
    '-fps_mode',
    'passthrough',
    '-f',
    'rawvideo',
    '-',
  )
  const size = width * height + 2 * Math.ceil(width / 2) * Math.ceil(height / 2)
  if (bytes.length % size !== 0) throw new Error(`${path} has no frames of ${width}x${height}`)
  return Array.from({ length: bytes.length / size }, (_, i) => {
    const data = bytes.subarray(i * size, (i + 1) * size)
    return rawImage({ format: 'I420', width, height, data, ...(colorSpace && { colorSpace }) })
  })
}

/** How the command ended, and what it said. */
export interface Ended {
  readonly code: number
  readonly out: string
  readonly err: string
}

/** Runs `i2i` in a folder. */
export function i2i(cwd: string, args: readonly string[], env: NodeJS.ProcessEnv = {}): Promise<Ended> {
  const command = join(rootPath, 'packages/cli/bin/i2i.js')
  return new Promise((resolve) => {
    execFile(process.execPath, [command, ...args], { cwd, env: { ...process.env, ...env } }, (error, out, err) => {
      resolve({ code: error ? Number(error.code) : 0, out, err })
    })
  })
}
