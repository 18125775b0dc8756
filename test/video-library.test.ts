import { writeFileSync } from 'node:fs'
import { mkdir, mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { ort } from '@i2i/backend-ort'
import { probeVideo, translateVideo } from '@i2i/cli/video'
import { load, type Translator } from '@i2i/core'
import { afterAll, afterEach, beforeAll, expect, it, vi } from 'vitest'
import { ffmpeg, streamsOf } from './support/ffmpeg.js'
import { ffmpegShim, type Shim } from './support/ffmpeg-shim.js'
import { usedMemory } from './support/memory.js'
import { toonManifest } from './support/pictures.js'

let folder: string
let shim: Shim
let identity: Translator
const at = (name: string): string => join(folder, name)
const clip = (size: string, seconds: number): string[] => ['-f', 'lavfi', '-i', `testsrc2=s=${size}:r=50:d=${seconds}`]
const leftovers = async (): Promise<readonly string[]> =>
  (await readdir(folder)).filter((name) => /^\.|^out/.test(name))

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'i2i-video-library-'))
  await mkdir(at('shim'))
  shim = await ffmpegShim(at('shim'))
  vi.stubEnv('FFMPEG_PATH', shim.folder)
  identity = await load(toonManifest, { backend: ort({ threads: 1 }), identity: true })
  await ffmpeg(...clip('64x48', 46), '-c:v', 'libx264', '-preset', 'ultrafast', at('many.mp4'))
  await ffmpeg(...clip('640x360', 20), '-c:v', 'libx264', '-preset', 'ultrafast', at('large.mp4'))
})
afterEach(() => rm(at('out.mp4'), { force: true }))
afterAll(async () => {
  await identity.dispose()
  vi.unstubAllEnvs()
  await rm(folder, { recursive: true, force: true })
})

it('2,000 frames leave nothing in memory', async () => {
  let [early, late] = [Infinity, Infinity]
  const report = await translateVideo(await probeVideo(at('many.mp4')), at('out.mp4'), identity, {
    preset: 'ultrafast',
    onProgress({ frames }) {
      if (frames % 10 > 0) return
      if (frames > 200 && frames <= 400) early = Math.min(early, usedMemory())
      if (frames > 2100) late = Math.min(late, usedMemory())
    },
  })
  expect(report.frames).toBe(2300)
  expect((late - early) / 1900).toBeLessThan(1024)
  expect((await streamsOf(at('out.mp4')))[0]?.['nb_frames']).toBe('2300')
})

it('an encoder that stands still stops everything before it, in little memory', async () => {
  let frames = 0
  const translating = translateVideo(await probeVideo(at('large.mp4')), at('out.mp4'), identity, {
    preset: 'ultrafast',
    onProgress: (progress) => {
      frames = progress.frames
    },
  })
  await vi.waitFor(() => expect(frames).toBeGreaterThan(20), { timeout: 60_000, interval: 5 })
  const encoder = (await shim.pids('encoder')).at(-1)!
  const decoder = (await shim.pids('decoder')).at(-1)!
  const written = async (): Promise<string> =>
    /wchar: (\d+)/.exec(await readFile(`/proc/${decoder}/io`, 'utf8'))?.[1] ?? ''
  process.kill(encoder, 'SIGSTOP')
  try {
    const stopped = frames
    const before = process.memoryUsage().rss
    await wait(1500)
    // What was under way: a frame in the pipe's buffers, one waiting, one in translation.
    expect(frames - stopped).toBeLessThanOrEqual(6)
    if (process.platform === 'linux') {
      const [bytes, standing] = [await written(), frames]
      await wait(700)
      expect([await written(), frames]).toEqual([bytes, standing])
    }
    expect(process.memoryUsage().rss - before).toBeLessThan(32 * 2 ** 20)
  } finally {
    process.kill(encoder, 'SIGCONT')
  }
  expect((await translating).frames).toBe(1000)
})

it('an abort at any time rejects with its reason, and leaves no file and no process', async () => {
  const info = await probeVideo(at('large.mp4'))
  for (const delay of [0, 5, 30, 80, 150, 300, 600]) {
    const controller = new AbortController()
    const reason = new Error(`enough after ${delay}`)
    const translating = translateVideo(info, at('out.mp4'), identity, { signal: controller.signal })
    setTimeout(() => controller.abort(reason), delay)
    await expect(translating).rejects.toBe(reason)
    expect([await leftovers(), await shim.running()]).toEqual([[], []])
  }
})

it('a model that fails in the middle fails the video, and the translator goes on', async () => {
  let calls = 0
  const failing = new Proxy(identity, {
    get(target, key) {
      if (key !== 'translate') return Reflect.get(target, key, target)
      return (...args: Parameters<Translator['translate']>) =>
        ++calls === 7 ? Promise.reject(new Error('broken model')) : target.translate(...args)
    },
  })
  const info = await probeVideo(at('large.mp4'))
  await expect(translateVideo(info, at('out.mp4'), failing)).rejects.toThrow('broken model')
  expect([await leftovers(), await shim.running()]).toEqual([[], []])
  const { frames } = await translateVideo(info, at('out.mp4'), identity, { duration: 0.2 })
  expect(frames).toBe(10)
})

it('a file that came meanwhile is not replaced', async () => {
  const info = await probeVideo(at('large.mp4'))
  const translating = translateVideo(info, at('out.mp4'), identity, {
    duration: 0.2,
    onProgress({ frames }) {
      if (frames === 1) writeFileSync(at('out.mp4'), 'mine')
    },
  })
  await expect(translating).rejects.toMatchObject({
    code: 'OPTION_INVALID',
    message: expect.stringMatching(/there already/),
  })
  expect(await leftovers()).toEqual(['out.mp4'])
})
