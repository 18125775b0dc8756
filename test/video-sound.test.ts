import { afterAll, beforeAll, expect, it } from 'vitest'
import { ffmpeg, streamsOf } from './support/ffmpeg.js'
import { type ClipFolder, clipFolder, gentle, lossless, source } from './support/video-clips.js'

let clips: ClipFolder
beforeAll(async () => {
  clips = await clipFolder()
})
afterAll(async () => {
  await clips[Symbol.asyncDispose]()
})

/** Sound whose every sample says when it is: a ramp from 0 to 1 in 4 seconds. */
const ramp = ['-f', 'lavfi', '-i', 'aevalsrc=t/4:d=3:s=48000']
const startOf = (stream?: Record<string, string>): number => Number(stream?.['start_time'])

/** How much later than its picture the sound comes, in seconds of the source: 0 where they are together. */
async function lag(name: string, start: number): Promise<number> {
  const [picture, sound] = await streamsOf(clips.at(name))
  const samples = await ffmpeg('-i', clips.at(name), '-map', '0:a', '-t', '0.05', '-f', 's16le', '-')
  const said = (4 * samples.readInt16LE(0)) / 32768
  return startOf(sound) - startOf(picture) + start - said
}

it.each(['mkv', 'mov'])('sound stays with its picture, whole and cut: .%s', async (ending) => {
  await ffmpeg(
    ...source('96x64', 3),
    ...ramp,
    '-vf',
    gentle,
    ...lossless,
    '-g',
    '60',
    '-c:a',
    'pcm_s16le',
    clips.at(`ramp.${ending}`),
  )
  expect(Math.abs(await lag(`ramp.${ending}`, 0))).toBeLessThan(0.002)
  for (const start of [0, 0.4, 1.32, 2]) {
    await clips.send(`ramp.${ending}`, `ramp-out.${ending}`, { start, duration: 0.6 })
    // Matroska counts milliseconds.
    expect(Math.abs(await lag(`ramp-out.${ending}`, start))).toBeLessThan(0.003)
    const [, sound] = await streamsOf(clips.at(`ramp-out.${ending}`))
    const length = await ffmpeg('-i', clips.at(`ramp-out.${ending}`), '-map', '0:a', '-f', 's16le', '-')
    // A packet at either end may go over the edge.
    expect(Math.abs(length.length / 2 / Number(sound?.['sample_rate']) - 0.6)).toBeLessThan(0.06)
  }
})

it('a picture that begins later than its sound does so in the result', async () => {
  await ffmpeg(...source('96x64', 1), '-vf', gentle, ...lossless, clips.at('silent.mkv'))
  await ffmpeg(
    '-itsoffset',
    '0.4',
    '-i',
    clips.at('silent.mkv'),
    ...ramp,
    '-c:v',
    'copy',
    '-c:a',
    'pcm_s16le',
    clips.at('late.mkv'),
  )
  await clips.send('late.mkv', 'late-out.mkv')
  const [picture, sound] = await streamsOf(clips.at('late-out.mkv'))
  expect(startOf(picture) - startOf(sound)).toBeCloseTo(0.4, 2)
})
