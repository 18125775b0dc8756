import { execFile } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { expect, it, onTestFinished } from 'vitest'
import { framesOf, streamsOf } from './support/ffmpeg.js'
import { meanDifference, rootPath } from './support/pictures.js'

it('the video example makes a clip and its cartoon, with tags and sound', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'i2i-example-'))
  onTestFinished(() => rm(folder, { recursive: true, force: true }))
  const script = join(rootPath, 'examples/node-video/demo.mjs')
  const { stdout } = await promisify(execFile)(process.execPath, [script, folder], { cwd: rootPath })
  expect(stdout).toMatch(/50 of 50 frames, [\d.]+ fps/)
  expect(stdout).toMatch(/copied +audio \(aac\)/)
  expect(stdout).toMatch(/notes +none/)
  const [picture, sound] = await streamsOf(join(folder, 'toon.mp4'))
  expect(picture).toMatchObject({ color_space: 'bt709', color_range: 'tv', nb_frames: '50', avg_frame_rate: '25/1' })
  expect(sound).toMatchObject({ codec_name: 'aac' })
  const [clip, toon] = [
    await framesOf(join(folder, 'clip.mp4'), 320, 240),
    await framesOf(join(folder, 'toon.mp4'), 320, 240),
  ]
  // A cartoon of that very frame: unlike it, yet more like it than like one a second away.
  for (const i of [0, 20]) {
    const own = meanDifference(toon[i]!, clip[i]!)
    expect(own).toBeGreaterThan(3)
    expect(own).toBeLessThan(meanDifference(toon[i]!, clip[i + 25]!))
  }
  expect((await streamsOf(join(folder, 'side-by-side.mp4')))[0]).toMatchObject({ width: 640, height: 240 })
})
