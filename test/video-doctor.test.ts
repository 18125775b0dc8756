import type { RawImage } from '@i2i/core'
import { readImage, writeImage } from '@i2i/core/node'
import { type Diagnosis, diagnose, probeImage } from '@i2i/parity'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { ffmpeg } from './support/ffmpeg.js'
import { type ClipFolder, clipFolder, lossless, tagFilter } from './support/video-clips.js'

let clips: ClipFolder
let probe: RawImage
beforeAll(async () => {
  clips = await clipFolder()
  probe = probeImage(320, 240)
  await writeImage(clips.at('probe.png'), probe)
})
afterAll(async () => {
  await clips[Symbol.asyncDispose]()
})

/** The probe as a clip of these numbers, whatever its tags say; through the identity link; and as a player shows it that heeds tags. */
async function shown(numbers: string, tags: readonly [string, string], crf: number): Promise<Diagnosis> {
  const [matrix, range] = numbers.split(' ')
  const filters = [
    `scale=out_color_matrix=${matrix}:out_range=${range}:flags=bicubic+accurate_rnd+full_chroma_int`,
    'format=yuv420p',
    tagFilter(tags[0], tags[1], tags[0], tags[0]),
  ]
  const still = ['-loop', '1', '-framerate', '25', '-t', '0.2', '-i', clips.at('probe.png'), '-vf', filters.join(',')]
  await ffmpeg(...still, ...lossless, clips.at('probe.mp4'))
  await clips.send('probe.mp4', 'through.mp4', { crf })
  const player = 'scale=in_color_matrix=auto:in_range=auto:flags=bicubic+accurate_rnd+full_chroma_int,format=rgb24'
  await ffmpeg(
    '-i',
    clips.at('through.mp4'),
    '-vf',
    `select=eq(n\\,3),${player}`,
    '-frames:v',
    '1',
    clips.at('shot.png'),
  )
  return await diagnose(probe, await readImage(clips.at('shot.png')))
}

it.each([
  ['bt709 limited', 'bt709', 'tv', 0],
  ['bt709 limited', 'bt709', 'tv', 20],
  ['bt601 full', 'smpte170m', 'pc', 0],
  ['bt601 limited', 'bt470bg', 'tv', 20],
] as const)(
  'a probe through a video and the identity link is faithful: %s as %s %s, crf %d',
  async (numbers, matrix, range, crf) => {
    const { faithful, faults } = await shown(numbers, [matrix, range], crf)
    expect(faults.filter(({ severity }) => severity === 'fault')).toEqual([])
    expect(faithful).toBe(true)
  },
)

it.each([
  ['bt601 limited', 'bt709', 'tv', 'MATRIX_601_AS_709'],
  ['bt709 limited', 'smpte170m', 'tv', 'MATRIX_709_AS_601'],
  ['bt709 full', 'bt709', 'tv', 'RANGE_FULL_AS_LIMITED'],
  ['bt709 limited', 'bt709', 'pc', 'RANGE_LIMITED_AS_FULL'],
] as const)('wrong tags are named: %s numbers tagged %s %s', async (numbers, matrix, range, code) => {
  for (const crf of [0, 20]) {
    const { faults, faithful } = await shown(numbers, [matrix, range], crf)
    expect(faithful).toBe(false)
    expect(faults.filter(({ severity }) => severity === 'fault').map((fault) => fault.code)).toEqual([code])
  }
})
