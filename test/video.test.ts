import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { RawImage } from '@i2i/core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { VideoSummary } from '../packages/cli/src/video-summary.js'
import { ffmpeg, framesOf, i2i, streamsOf, timesOf } from './support/ffmpeg.js'
import { maxDifference, pixelsOf, rootPath } from './support/pictures.js'

const model = join(rootPath, 'models/toon')
let folder: string
const at = (name: string): string => join(folder, name)
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'i2i-video-'))
})
afterAll(async () => {
  await rm(folder, { recursive: true, force: true })
})

/** Colours that RGB has, so that going through it has no excuse; lossless, so that codecs have none. */
const gentle = 'lutyuv=y=64+val/2:u=128+(val-128)/4:v=128+(val-128)/4'
const source = (size: string, seconds: number, rate = '25'): string[] => [
  '-f',
  'lavfi',
  '-i',
  `testsrc2=s=${size}:r=${rate}:d=${seconds}`,
]
const lossless = ['-c:v', 'libx264', '-qp', '0', '-preset', 'ultrafast', '-pix_fmt', 'yuv420p']

async function video(...args: readonly string[]): Promise<VideoSummary> {
  const { code, out, err } = await i2i(folder, ['video', ...args, '-m', model, '--json'])
  expect([code, code && err]).toEqual([0, 0])
  return JSON.parse(out)
}

function same(a: readonly RawImage[], b: readonly RawImage[]): number {
  expect(b.length).toBe(a.length)
  return Math.max(...a.map((image, i) => maxDifference(image, b[i]!)))
}

const tagFilter = (matrix: string, range: string, primaries: string, transfer: string): string =>
  `setparams=range=${range}:colorspace=${matrix}:color_primaries=${primaries}:color_trc=${transfer}`

describe('colour tags', () => {
  const primaries: Record<string, [string, string]> = {
    bt709: ['bt709', 'bt709'],
    smpte170m: ['smpte170m', 'smpte170m'],
    bt470bg: ['bt470bg', 'bt709'],
    bt2020nc: ['bt2020', 'smpte2084'],
  }
  const cases = Object.keys(primaries).flatMap((matrix) =>
    ['tv', 'pc'].flatMap((range) => ['mp4', 'mkv'].map((ending) => [matrix, range, ending] as const)),
  )

  it.each(cases)('are kept, and every sample with them: %s %s in .%s', async (matrix, range, ending) => {
    const [primary, transfer] = primaries[matrix]!
    const name = `${matrix}-${range}`
    const filters = `${gentle},${tagFilter(matrix, range, primary, transfer)}`
    await ffmpeg(...source('96x64', 0.2), '-vf', filters, ...lossless, at(`${name}.${ending}`))
    const [before] = await streamsOf(at(`${name}.${ending}`))
    const report = await video(`${name}.${ending}`, `${name}-out.${ending}`, '--identity', '--crf', '0')
    const [after] = await streamsOf(at(`${name}-out.${ending}`))
    const tags = [
      'color_range',
      'color_space',
      'color_primaries',
      'color_transfer',
      'chroma_location',
      'pix_fmt',
      'codec_name',
    ]
    expect(tags.map((tag) => after?.[tag])).toEqual(tags.map((tag) => before?.[tag]))
    expect([before?.['color_space'], before?.['color_range']]).toEqual([matrix, range])
    expect(report.colorSpace).toMatchObject({
      matrix: matrix === 'bt2020nc' ? 'bt2020-ncl' : matrix,
      fullRange: range === 'pc',
    })
    expect(report.colorSpace.assumed).toBeUndefined()
    expect(
      same(await framesOf(at(`${name}.${ending}`), 96, 64), await framesOf(at(`${name}-out.${ending}`), 96, 64)),
    ).toBe(0)
  })

  it.each([
    ['320x240', 'smpte170m'],
    ['1280x96', 'bt709'],
    ['64x578', 'bt709'],
  ])('that are not there are taken by size, said so, and stay away: %s is %s', async (size, matrix) => {
    await ffmpeg(...source(size, 0.12), '-vf', gentle, ...lossless, at(`untagged-${size}.mp4`))
    const report = await video(`untagged-${size}.mp4`, `untagged-${size}-out.mp4`, '--identity', '--crf', '0')
    expect(report.colorSpace).toMatchObject({ matrix, fullRange: false, assumed: true })
    expect(report.notes.join()).toMatch(new RegExp(`does not say its matrix and range: taken as ${matrix}, limited`))
    const [after] = await streamsOf(at(`untagged-${size}-out.mp4`))
    expect([after?.['color_space'], after?.['color_range']]).toEqual([undefined, undefined])
    const [width = 0, height = 0] = size.split('x').map(Number)
    const frames = (name: string): Promise<readonly RawImage[]> => framesOf(at(name), width, height)
    expect(same(await frames(`untagged-${size}.mp4`), await frames(`untagged-${size}-out.mp4`))).toBe(0)
  })
})

it('keeps sound packet by packet, subtitles, metadata and pixel aspect; names what it leaves out', async () => {
  const subtitles = at('words.srt')
  await writeFile(subtitles, '1\n00:00:00,100 --> 00:00:00,900\nHello\n')
  const inputs = [
    ...source('96x64', 1),
    '-f',
    'lavfi',
    '-i',
    'sine=440:d=1',
    '-f',
    'lavfi',
    '-i',
    'sine=880:d=1',
    '-i',
    subtitles,
  ]
  const maps = [
    '-map',
    '0',
    '-map',
    '1',
    '-map',
    '2',
    '-map',
    '3',
    '-c:a:0',
    'aac',
    '-c:a:1',
    'flac',
    '-c:s',
    'srt',
    '-metadata',
    'title=Pan',
  ]
  await ffmpeg(...inputs, ...maps, '-vf', 'setsar=4/3', '-c:v', 'libx264', at('full.mkv'))
  const kept = await video('full.mkv', 'kept.mkv', '--identity')
  expect(kept.streams.copied.map(({ codec }) => codec)).toEqual(['aac', 'flac', 'subrip'])
  const streams = await streamsOf(at('kept.mkv'))
  expect(streams.map(({ codec_name }) => codec_name)).toEqual(['h264', 'aac', 'flac', 'subrip'])
  expect(streams[0]?.['sample_aspect_ratio']).toBe('4:3')
  const sound = (name: string, stream: number): Promise<Buffer> =>
    ffmpeg('-i', at(name), '-map', `0:a:${stream}`, '-c', 'copy', '-f', 'framemd5', '-')
  for (const stream of [0, 1])
    expect(String(await sound('kept.mkv', stream))).toBe(String(await sound('full.mkv', stream)))
  const less = await video('full.mkv', 'kept.mp4', '--identity')
  expect(less.streams.left).toMatchObject([
    {
      codec: 'flac',
      reason: expect.stringMatching(/\.mp4 files cannot hold it \(flac in MP4 support is experimental/),
    },
    {
      codec: 'subrip',
      reason: expect.stringMatching(/\.mp4 files cannot hold it \(Could not find tag for codec subrip/),
    },
  ])
  expect(less.notes.join()).toMatch(/subtitle stream 3 \(subrip\) is left out/)
})

it('takes exactly the frames between --start and the end of --duration', async () => {
  await ffmpeg(
    ...source('96x64', 3),
    '-f',
    'lavfi',
    '-i',
    'sine=440:d=3',
    '-vf',
    gentle,
    ...lossless,
    '-g',
    '30',
    '-bf',
    '2',
    at('long.mp4'),
  )
  const all = await framesOf(at('long.mp4'), 96, 64)
  for (const [start, duration, first, count] of [
    [0.5, 1, 13, 25],
    [1.28, 0.2, 32, 5],
    [2.9, 5, 73, 2],
  ] as const) {
    await video(
      'long.mp4',
      'cut.mp4',
      '--identity',
      '--crf',
      '0',
      '--start',
      String(start),
      '--duration',
      String(duration),
      '--force',
    )
    expect(same(all.slice(first, first + count), await framesOf(at('cut.mp4'), 96, 64))).toBe(0)
  }
})

it('keeps the times of a variable frame rate', async () => {
  // Frames at 0, 1, 3, 4, 9, 10, 11, 20... of 1/25 s.
  const uneven = 'select=not(mod(n\\,7)-1)+not(mod(n\\,3)-1)+eq(mod(n\\,11)\\,5)'
  await ffmpeg(
    ...source('96x64', 2),
    '-vf',
    `${gentle},${uneven}`,
    '-fps_mode',
    'passthrough',
    ...lossless,
    at('uneven.mp4'),
  )
  const before = await timesOf(at('uneven.mp4'))
  expect(new Set(before.slice(1).map((time, i) => (time - before[i]!).toFixed(3))).size).toBeGreaterThan(2)
  await video('uneven.mp4', 'uneven-out.mp4', '--identity', '--crf', '0')
  expect(await timesOf(at('uneven-out.mp4'))).toEqual(before)
  expect(same(await framesOf(at('uneven.mp4'), 96, 64), await framesOf(at('uneven-out.mp4'), 96, 64))).toBe(0)
})

it.each(['24000/1001', '30000/1001', '50', '12.5'])('keeps a frame rate of %s', async (rate) => {
  await ffmpeg(...source('64x48', 1, rate), '-vf', gentle, ...lossless, at('rate.mp4'))
  await video('rate.mp4', 'rate-out.mp4', '--identity', '--force')
  const [[before], [after]] = [await streamsOf(at('rate.mp4')), await streamsOf(at('rate-out.mp4'))]
  for (const key of ['avg_frame_rate', 'r_frame_rate', 'time_base', 'nb_frames', 'duration'])
    expect([key, after?.[key]]).toEqual([key, before?.[key]])
})

it('turns nothing and keeps the note that a picture is to be turned, or turns it where the note cannot be kept', async () => {
  await ffmpeg(...source('96x64', 0.2), '-vf', gentle, ...lossless, at('flat.mp4'))
  await ffmpeg('-i', at('flat.mp4'), '-c', 'copy', '-metadata:s:v', 'rotate=90', at('phone.mp4'))
  const rotation = (stream?: Record<string, unknown>): unknown =>
    (stream?.['side_data_list'] as { rotation: number }[] | undefined)?.[0]?.rotation
  const [before] = await streamsOf(at('phone.mp4'))
  expect(Math.abs(Number(rotation(before)))).toBe(90)
  await video('phone.mp4', 'phone-out.mp4', '--identity', '--crf', '0')
  expect(rotation((await streamsOf(at('phone-out.mp4')))[0])).toBe(rotation(before))
  expect(same(await framesOf(at('phone.mp4'), 96, 64), await framesOf(at('phone-out.mp4'), 96, 64))).toBe(0)
  const turned = await video('phone.mp4', 'phone-out.mkv', '--identity', '--crf', '0')
  expect([turned.output.width, turned.output.height]).toEqual([64, 96])
  const upright = await ffmpeg('-i', at('phone.mp4'), '-f', 'rawvideo', '-')
  const out = await framesOf(at('phone-out.mkv'), 64, 96)
  expect(Buffer.concat(out.map(pixelsOf)).equals(upright)).toBe(true)
})
