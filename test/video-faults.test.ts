import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdir, mkdtemp, readdir, readFile, rm, symlink, truncate, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import { ffmpeg, framesOf, i2i } from './support/ffmpeg.js'
import { ffmpegShim, type Shim } from './support/ffmpeg-shim.js'
import { rootPath } from './support/pictures.js'

const model = join(rootPath, 'models/toon')
let folder: string
const at = (name: string): string => join(folder, name)
const clip = (seconds: number): string[] => ['-f', 'lavfi', '-i', `testsrc2=s=160x120:r=25:d=${seconds}`]

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'i2i-video-faults-'))
  await ffmpeg(...clip(2), '-c:v', 'libx264', '-g', '10', '-movflags', '+faststart', at('clip.mp4'))
  await ffmpeg(...clip(60), '-c:v', 'libx264', '-preset', 'ultrafast', at('long.mp4'))
})
afterAll(async () => {
  await rm(folder, { recursive: true, force: true })
})

/** What lies beside the inputs, hidden files too. */
async function leftovers(): Promise<readonly string[]> {
  return (await readdir(folder)).filter((name) => /^\.|^out/.test(name))
}

async function shim(name: string, disk?: 'full'): Promise<Shim> {
  await mkdir(at(name))
  return ffmpegShim(at(name), disk)
}

const translate = (
  input: string,
  output: string,
  ...more: string[]
): Promise<{ code: number; out: string; err: string }> => i2i(folder, ['video', input, output, '-m', model, ...more])

describe('says in one line what is wrong, and leaves nothing behind', () => {
  beforeAll(async () => {
    await writeFile(at('noise.mp4'), Buffer.alloc(5000, 'this is no video'))
    await ffmpeg('-f', 'lavfi', '-i', 'sine=440:d=1', at('sound.mp4'))
    await symlink(at('clip.mp4'), at('link.mp4'))
    await writeFile(at('taken.mp4'), 'mine')
  })

  it.each([
    ['no such file', /IMAGE_INVALID.*nowhere\.mp4/, 'nowhere.mp4', 'out.mp4'],
    ['a file that is no video', /IMAGE_INVALID.*noise\.mp4.*check that it plays/, 'noise.mp4', 'out.mp4'],
    ['a folder', /IMAGE_INVALID/, '.', 'out.mp4'],
    ['sound alone', /IMAGE_INVALID.*no video stream/, 'sound.mp4', 'out.mp4'],
    ['itself', /OPTION_INVALID.*is the video that is read/, 'clip.mp4', 'clip.mp4', '--force'],
    ['itself by another name', /OPTION_INVALID.*is the video that is read/, 'clip.mp4', 'link.mp4', '--force'],
    ['a file that is there', /OPTION_INVALID.*there already.*--force/, 'clip.mp4', 'taken.mp4'],
    ['a folder that is not there', /OPTION_INVALID.*folder.*make it first/, 'clip.mp4', 'none/out.mp4'],
    ['an ending without a codec', /OPTION_INVALID.*"\.xyz".*--codec/, 'clip.mp4', 'out.xyz'],
    ['an encoder that ffmpeg has not', /VIDEO_FAILED.*nonesuch/, 'clip.mp4', 'out.mp4', '--codec', 'nonesuch'],
    [
      'a codec that its container cannot hold',
      /VIDEO_FAILED.*(webm|WebM)/,
      'clip.mp4',
      'out.webm',
      '--codec',
      'libx264',
    ],
    ['a start behind the end', /IMAGE_INVALID.*no frame there.*--start/, 'clip.mp4', 'out.mp4', '--start', '5'],
    ['a start that is no time', /--start.*Give seconds/, 'clip.mp4', 'out.mp4', '--start', 'soon'],
    ['no duration', /OPTION_INVALID.*duration is 0/, 'clip.mp4', 'out.mp4', '--duration', '0'],
    [
      'a size that the model does not take',
      /OPTION_INVALID.*--max-pixels is 1000, but the model "selfie" takes/,
      'clip.mp4',
      'out.mp4',
      ...['-m', join(rootPath, 'models/selfie'), '--max-pixels', '1000'],
    ],
  ])('%s', async (_, message, input, output, ...more) => {
    const { code, out, err } = await translate(input, output, '--identity', ...more)
    expect(err).toMatch(message)
    expect([code, out]).toEqual([1, ''])
    expect(err).not.toMatch(/^\s+at /m)
    expect(await leftovers()).toEqual([])
    expect(await readFile(at('taken.mp4'), 'utf8')).toBe('mine')
  })

  it('no ffmpeg', async () => {
    for (const [path, empty] of [
      ['/nowhere/at/all', ''],
      ['', '/nowhere'],
    ] as const) {
      const env = { FFMPEG_PATH: path, ...(empty && { PATH: empty }) }
      const { code, err } = await i2i(folder, ['video', 'clip.mp4', 'out.mp4', '-m', model], env)
      expect(err).toMatch(/BACKEND_UNAVAILABLE.*Install FFmpeg.*FFMPEG_PATH/)
      expect(code).toBe(1)
    }
  })

  it('damaged frames, and goes on behind them when told to', async () => {
    const bytes = await readFile(at('clip.mp4'))
    // In the coded pictures: behind the head, which names their places.
    for (let i = Math.floor(bytes.length / 2); i < bytes.length / 2 + 600; i++) bytes[i] = (bytes[i] ?? 0) ^ 0x5a
    await writeFile(at('damaged.mp4'), bytes)
    const { code, err } = await translate('damaged.mp4', 'out.mp4', '--identity')
    expect(err).toMatch(/IMAGE_INVALID.*damaged.*after \d+ frames.*--damaged/)
    expect([code, await leftovers()]).toEqual([1, []])
    const taken = await translate('damaged.mp4', 'out.mp4', '--identity', '--damaged')
    expect([taken.code, await leftovers()]).toEqual([0, ['out.mp4']])
    await rm(at('out.mp4'))
  })

  it.each(['mp4', 'mkv'])('a .%s that was cut off, and takes what is there when told to', async (ending) => {
    const cut = `cut.${ending}`
    await ffmpeg('-i', at('long.mp4'), '-t', '20', '-c', 'copy', '-movflags', '+faststart', at(cut))
    await truncate(at(cut), Math.floor((await readFile(at(cut))).length / 2))
    const { code, err } = await translate(cut, 'out.mp4', '--identity')
    expect(err).toMatch(/IMAGE_INVALID.*(ends after|decoding stopped after) \d+/)
    expect([code, await leftovers()]).toEqual([1, []])
    const taken = await translate(cut, 'out.mp4', '--identity', '--damaged')
    expect([taken.code, await leftovers()]).toEqual([0, ['out.mp4']])
    await rm(at('out.mp4'))
  })

  it('a full disk', async () => {
    const { folder: path, running } = await shim('full', 'full')
    const { code, err } = await i2i(folder, ['video', 'clip.mp4', 'out.mp4', '-m', model, '--identity'], {
      FFMPEG_PATH: path,
    })
    expect(err).toMatch(/VIDEO_FAILED.*No space left on device.*free some space/)
    expect([code, await leftovers(), await running()]).toEqual([1, [], []])
  })
})

describe('ends clean in the middle of a video', () => {
  /** Starts a command and waits for its first frame. */
  async function begun(
    name: string,
  ): Promise<{ child: ChildProcess; shim: Shim; ended: Promise<{ code: number | null; err: string }> }> {
    const kinds = await shim(name)
    const command = join(rootPath, 'packages/cli/bin/i2i.js')
    const args = [command, 'video', 'long.mp4', 'out.mp4', '-m', model]
    const env = { ...process.env, FFMPEG_PATH: kinds.folder }
    const child = spawn(process.execPath, args, { cwd: folder, env, stdio: ['ignore', 'ignore', 'pipe'] })
    let err = ''
    child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      err += text
    })
    const ended = once(child, 'close').then(([code]) => ({ code: code as number | null, err }))
    while (!/\d+\/1500 frames/.test(err)) await once(child.stderr!, 'data')
    // The encoder makes its file when it has seen a few frames.
    await expect.poll(leftovers, { timeout: 30_000 }).toHaveLength(1)
    onTestFinished(() => void child.kill('SIGKILL'))
    return { child, shim: kinds, ended }
  }

  it.each(['decoder', 'encoder'] as const)('the %s is killed', async (kind) => {
    const { shim: kinds, ended } = await begun(`kill-${kind}`)
    const [pid = 0] = await kinds.pids(kind)
    process.kill(pid, 'SIGKILL')
    const { code, err } = await ended
    expect(err).toMatch(new RegExp(`VIDEO_FAILED: the ${kind} of .* SIGKILL`))
    expect([code, await leftovers(), await kinds.running()]).toEqual([1, [], []])
  })

  it.each([
    ['SIGINT', 130],
    ['SIGTERM', 143],
  ] as const)('%s', async (signal, expected) => {
    const { child, shim: kinds, ended } = await begun(`stop-${signal}`)
    child.kill(signal)
    const { code, err } = await ended
    expect(err).toMatch(new RegExp(`i2i: stopped by ${signal}; nothing was written`))
    expect(err).not.toMatch(/^\s+at /m)
    expect([code, await leftovers(), await kinds.running()]).toEqual([expected, [], []])
  })

  it('the command itself is killed: no process stays', async () => {
    const { child, shim: kinds, ended } = await begun('killed')
    child.kill('SIGKILL')
    await ended
    await expect.poll(() => kinds.running(), { timeout: 30_000 }).toEqual([])
    for (const name of await leftovers()) await rm(at(name))
  })
})

it('works after all that, on fewer pixels too', async () => {
  const { code, out } = await translate('clip.mp4', 'out.mp4', '--max-pixels', '5000')
  expect([code, out]).toEqual([0, expect.stringMatching(/resized .*160x120.*maxPixels of 5000/)])
  expect((await framesOf(at('out.mp4'), 160, 120)).length).toBe(50)
})
