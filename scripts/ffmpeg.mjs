// Finds FFmpeg for the video tests, or installs it; they never skip for want of it.
import { execFileSync } from 'node:child_process'
import { existsSync, readFileSync, statSync } from 'node:fs'
import { delimiter, dirname, join } from 'node:path'

const programs = ['ffmpeg', 'ffprobe'].map((name) => (process.platform === 'win32' ? `${name}.exe` : name))

/** Environment variables for the tests: FFMPEG_PATH, the folder of both programs. Throws with a remedy when none can be had. */
export function ffmpegEnvironment() {
  return { FFMPEG_PATH: named() ?? inPath() ?? installed() ?? giveUp() }
}

function named() {
  const path = process.env.FFMPEG_PATH
  if (!path) return undefined
  const folder = statSync(path, { throwIfNoEntry: false })?.isDirectory() ? path : dirname(path)
  if (holdsBoth(folder)) return folder
  throw new Error(`FFMPEG_PATH names ${path}, where ${programs.join(' and ')} are not`)
}

function inPath() {
  return (process.env.PATH ?? '').split(delimiter).find(holdsBoth)
}

function holdsBoth(folder) {
  return folder !== '' && programs.every((name) => existsSync(join(folder, name)))
}

function installed() {
  const debian = existsSync('/etc/os-release') && /^ID(_LIKE)?=.*debian/m.test(readFileSync('/etc/os-release', 'utf8'))
  if (!debian || process.getuid?.() !== 0) return undefined
  console.log('No FFmpeg found: installing the Debian package "ffmpeg"')
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' }
  try {
    execFileSync('apt-get', ['update', '-q'], { stdio: 'inherit', env })
    execFileSync('apt-get', ['install', '-q', '-y', '--no-install-recommends', 'ffmpeg'], { stdio: 'inherit', env })
  } catch (error) {
    console.error(String(error))
  }
  return inPath()
}

function giveUp() {
  throw new Error(
    'The video tests need FFmpeg and it could neither be found nor installed. Install it (Debian: apt-get install ffmpeg), or set FFMPEG_PATH to its folder.',
  )
}
