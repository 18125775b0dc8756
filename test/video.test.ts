import { readdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { RawImage } from '@i2i/core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { ffmpeg, framesOf, i2i, streamsOf, timesOf } from './support/ffmpeg.js'
import { pixelsOf, rootPath } from './support/pictures.js'
import {
  type ClipFolder,
  clipFolder,
  frameDifference,
  gentle,
  lossless,
  source,
  tagFilter,
} from './support/video-clips.js'

const model = join(rootPath, 'models/toon')
let clips: ClipFolder
beforeAll(async () => {
  clips = await clipFolder()
})
afterAll(async () => {
  await clips[Symbol.asyncDispose]()
})

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
    await ffmpeg(...source('96x64', 0.2), '-vf', filters, ...lossless, clips.at(`${name}.${ending}`))
    const [before] = await streamsOf(clips.at(`${name}.${ending}`))
    const report = await clips.send(`${name}.${ending}`, `${name}-out.${ending}`)
    const [after] = await streamsOf(clips.at(`${name}-out.${ending}`))
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
      frameDifference(
        await framesOf(clips.at(`${name}.${ending}`), 96, 64),
        await framesOf(clips.at(`${name}-out.${ending}`), 96, 64),
      ),
    ).toBe(0)
  })

  it.each([
    ['320x240', 'smpte170m'],
    ['1280x96', 'bt709'],
    ['64x578', 'bt709'],
  ])('that are not there are taken by size, said so, and stay away: %s is %s', async (size, matrix) => {
    await ffmpeg(...source(size, 0.12), '-vf', gentle, ...lossless, clips.at(`untagged-${size}.mp4`))
    const report = await clips.send(`untagged-${size}.mp4`, `untagged-${size}-out.mp4`)
    expect(report.colorSpace).toMatchObject({ matrix, fullRange: false, assumed: true })
    expect(report.notes.join()).toMatch(new RegExp(`does not say its matrix and range: taken as ${matrix}, limited`))
    const [after] = await streamsOf(clips.at(`untagged-${size}-out.mp4`))
    expect([after?.['color_space'], after?.['color_range']]).toEqual([undefined, undefined])
    const [width = 0, height = 0] = size.split('x').map(Number)
    const frames = (name: string): Promise<readonly RawImage[]> => framesOf(clips.at(name), width, height)
    expect(frameDifference(await frames(`untagged-${size}.mp4`), await frames(`untagged-${size}-out.mp4`))).toBe(0)
  })
})

it('keeps sound packet by packet, subtitles, metadata and pixel aspect; names what it leaves out', async () => {
  const subtitles = clips.at('words.srt')
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
  await ffmpeg(...inputs, ...maps, '-vf', 'setsar=4/3', '-c:v', 'libx264', clips.at('full.mkv'))
  const kept = await clips.send('full.mkv', 'kept.mkv')
  expect(kept.streams.copied.map(({ codec }) => codec)).toEqual(['aac', 'flac', 'subrip'])
  const streams = await streamsOf(clips.at('kept.mkv'))
  expect(streams.map(({ codec_name }) => codec_name)).toEqual(['h264', 'aac', 'flac', 'subrip'])
  expect(streams[0]?.['sample_aspect_ratio']).toBe('4:3')
  const sound = (name: string, stream: number): Promise<Buffer> =>
    ffmpeg('-i', clips.at(name), '-map', `0:a:${stream}`, '-c', 'copy', '-f', 'framemd5', '-')
  for (const stream of [0, 1])
    expect(String(await sound('kept.mkv', stream))).toBe(String(await sound('full.mkv', stream)))
  expect(await ffmpeg('-i', clips.at('kept.mkv'), '-f', 'ffmetadata', '-').then(String)).toMatch(/^title=Pan$/m)
  const less = await clips.send('full.mkv', 'kept.mp4')
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
    clips.at('long.mp4'),
  )
  const all = await framesOf(clips.at('long.mp4'), 96, 64)
  for (const [start, duration, first, count] of [
    [0.5, 1, 13, 25],
    [1.28, 0.2, 32, 5],
    [2.9, 5, 73, 2],
  ] as const) {
    await clips.send('long.mp4', 'cut.mp4', { start, duration })
    expect(frameDifference(all.slice(first, first + count), await framesOf(clips.at('cut.mp4'), 96, 64))).toBe(0)
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
    clips.at('uneven.mp4'),
  )
  const before = await timesOf(clips.at('uneven.mp4'))
  expect(new Set(before.slice(1).map((time, i) => (time - before[i]!).toFixed(3))).size).toBeGreaterThan(2)
  await clips.send('uneven.mp4', 'uneven-out.mp4')
  expect(await timesOf(clips.at('uneven-out.mp4'))).toEqual(before)
  expect(
    frameDifference(await framesOf(clips.at('uneven.mp4'), 96, 64), await framesOf(clips.at('uneven-out.mp4'), 96, 64)),
  ).toBe(0)
})

it.each(['24000/1001', '30000/1001', '50', '12.5'])('keeps a frame rate of %s', async (rate) => {
  await ffmpeg(...source('64x48', 1, rate), '-vf', gentle, ...lossless, clips.at('rate.mp4'))
  await clips.send('rate.mp4', 'rate-out.mp4')
  const [[before], [after]] = [await streamsOf(clips.at('rate.mp4')), await streamsOf(clips.at('rate-out.mp4'))]
  for (const key of ['avg_frame_rate', 'r_frame_rate', 'time_base', 'nb_frames', 'duration'])
    expect([key, after?.[key]]).toEqual([key, before?.[key]])
})

it('turns nothing and keeps the note that a picture is to be turned, or turns it where the note cannot be kept', async () => {
  await ffmpeg(...source('96x64', 0.2), '-vf', gentle, ...lossless, clips.at('flat.mp4'))
  await ffmpeg('-i', clips.at('flat.mp4'), '-c', 'copy', '-metadata:s:v', 'rotate=90', clips.at('phone.mp4'))
  const rotation = (stream?: Record<string, unknown>): unknown =>
    (stream?.['side_data_list'] as { rotation: number }[] | undefined)?.[0]?.rotation
  const [before] = await streamsOf(clips.at('phone.mp4'))
  expect(Math.abs(Number(rotation(before)))).toBe(90)
  await clips.send('phone.mp4', 'phone-out.mp4')
  expect(rotation((await streamsOf(clips.at('phone-out.mp4')))[0])).toBe(rotation(before))
  expect(
    frameDifference(await framesOf(clips.at('phone.mp4'), 96, 64), await framesOf(clips.at('phone-out.mp4'), 96, 64)),
  ).toBe(0)
  const turned = await clips.send('phone.mp4', 'phone-out.mkv')
  expect([turned.width, turned.height]).toEqual([64, 96])
  const upright = await ffmpeg('-i', clips.at('phone.mp4'), '-f', 'rawvideo', '-')
  const out = await framesOf(clips.at('phone-out.mkv'), 64, 96)
  expect(Buffer.concat(out.map(pixelsOf)).equals(upright)).toBe(true)
})

it('dumps the first frame and every n-th behind it, and shows how far it is', async () => {
  await ffmpeg(...source('96x64', 1), ...lossless, clips.at('dumped.mp4'))
  const args = ['video', 'dumped.mp4', 'dumped-out.mp4', '-m', model, '--dump', 'dump', '--dump-every', '10']
  const { code, out, err } = await i2i(clips.path, args)
  expect(code).toBe(0)
  expect((await readdir(clips.at('dump'))).sort()).toEqual(['0001', '0002', '0003', 'manifest.json'])
  expect(await readdir(clips.at('dump/0002'))).toContain('sdk_output.png')
  expect(err).toMatch(/^1\/25 frames, 4 %, [\d.]+ fps, \d:\d\d left$/m)
  expect(err).toMatch(/^25\/25 frames, 100 %/m)
  expect(out).toMatch(/25 frames in [\d.]+ s, [\d.]+ fps/)
  expect(out).toMatch(/pack [\d.]+ ms, run \d/)
})
