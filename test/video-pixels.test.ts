import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { ffmpeg, framesOf, i2i, streamsOf } from './support/ffmpeg.js'
import { rootPath } from './support/pictures.js'
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

describe('pixels that are not 8-bit 4:2:0 are converted by ffmpeg, which is said', () => {
  // Smooth in chroma, so that halving it loses next to nothing.
  const smooth = [
    '-f',
    'lavfi',
    '-i',
    'gradients=s=96x64:c0=0x804020:c1=0x2060a0:x0=0:y0=0:x1=95:y1=63:d=0.2:speed=0.00001:r=25',
  ]
  it.each([
    ['yuv420p10le', 'ffv1', 'mkv'],
    ['yuv422p', 'ffv1', 'mkv'],
    ['yuv444p', 'ffv1', 'mkv'],
    ['yuv422p10le', 'ffv1', 'mkv'],
    ['gray', 'ffv1', 'mkv'],
    ['yuva420p', 'ffv1', 'mkv'],
    ['yuvj444p', 'mjpeg', 'mkv'],
    ['rgb24', 'png', 'mov'],
  ])('%s', async (format, codec, ending) => {
    const [from, to] = [`pixels-${format}.${ending}`, `pixels-${format}-out.mkv`]
    await ffmpeg(
      ...smooth,
      '-pix_fmt',
      format,
      '-c:v',
      codec,
      ...(codec === 'mjpeg' ? ['-q:v', '1'] : []),
      clips.at(from),
    )
    const report = await clips.send(from, to)
    expect(report.notes.join()).toMatch(new RegExp(`${format} frames are converted to 8-bit 4:2:0 by ffmpeg`))
    const shown = async (name: string): Promise<Buffer> =>
      await ffmpeg('-i', clips.at(name), '-vf', 'format=rgb24', '-f', 'rawvideo', '-')
    const [a, b] = [await shown(from), await shown(to)]
    expect(b.length).toBe(a.length)
    const errors = a.map((value, i) => Math.abs(value - (b[i] ?? 0)))
    expect(Math.max(...errors)).toBeLessThanOrEqual(6)
    expect(errors.reduce((sum, value) => sum + value, 0) / errors.length).toBeLessThan(1.5)
  })

  it('grey of limited range keeps its numbers', async () => {
    await ffmpeg(
      ...source('96x64', 0.2),
      '-vf',
      'lutyuv=y=clip(val\\,30\\,220),format=gray,setparams=range=tv',
      '-c:v',
      'ffv1',
      clips.at('grey.mkv'),
    )
    expect((await streamsOf(clips.at('grey.mkv')))[0]?.['color_range']).toBe('tv')
    await clips.send('grey.mkv', 'grey-out.mkv')
    const before = await ffmpeg('-i', clips.at('grey.mkv'), '-f', 'rawvideo', '-pix_fmt', 'gray', '-')
    const after = Buffer.concat(
      (await framesOf(clips.at('grey-out.mkv'), 96, 64)).map(({ planes }) => Buffer.from(planes[0]!.data)),
    )
    expect(after.equals(before)).toBe(true)
  })

  it('a matrix that there are no pixels for is refused by name, until the caller names one', async () => {
    await ffmpeg(
      ...source('96x64', 0.2),
      '-vf',
      `${gentle},${tagFilter('ycgco', 'tv', 'bt709', 'bt709')}`,
      ...lossless,
      clips.at('ycgco.mkv'),
    )
    const refused = await i2i(clips.path, ['video', 'ycgco.mkv', 'ycgco-out.mkv', '-m', model])
    expect([refused.code, refused.err]).toEqual([1, expect.stringMatching(/IMAGE_INVALID.*matrix ycgco.*--matrix/)])
    const { colorSpace } = await clips.send('ycgco.mkv', 'ycgco-out.mkv', { matrix: 'bt709', fullRange: true })
    expect(colorSpace).toMatchObject({ matrix: 'bt709', fullRange: true })
    const [after] = await streamsOf(clips.at('ycgco-out.mkv'))
    expect([after?.['color_space'], after?.['color_range']]).toEqual(['bt709', 'pc'])
  })
})

describe('sizes', () => {
  const crop = 'crop=97:65:0:0:exact=1'
  it('odd ones stay where the codec has them, and gain a column and a row where it has not', async () => {
    await ffmpeg(
      ...source('98x66', 0.2),
      '-vf',
      `${gentle},${crop}`,
      '-pix_fmt',
      'yuv420p',
      '-c:v',
      'ffv1',
      clips.at('odd.mkv'),
    )
    const before = await framesOf(clips.at('odd.mkv'), 97, 65)
    const kept = await clips.send('odd.mkv', 'odd-out.mkv', { codec: 'ffv1' })
    expect([kept.width, kept.height]).toEqual([97, 65])
    expect(frameDifference(before, await framesOf(clips.at('odd-out.mkv'), 97, 65))).toBe(0)
    const vp9 = await clips.send('odd.mkv', 'odd-out.webm', { crf: 4 })
    expect([vp9.width, vp9.height]).toEqual([97, 65])
    const wider = await clips.send('odd.mkv', 'odd-out.mp4')
    expect(wider.notes.join()).toMatch(/even sides alone: the last column or row of the 97x65 result is there twice/)
    for (const [i, { planes }] of (await framesOf(clips.at('odd-out.mp4'), 98, 66)).entries()) {
      const [luma, ...chroma] = planes
      const old = before[i]!.planes
      for (let y = 0; y < 66; y++) {
        const row = luma!.data.subarray(y * 98, y * 98 + 98)
        const from = Math.min(y, 64) * 97
        expect([...row]).toEqual([...old[0]!.data.subarray(from, from + 97), old[0]!.data[from + 96]])
      }
      chroma.forEach(({ data }, c) => {
        expect(Buffer.from(data).equals(Buffer.from(old[c + 1]!.data))).toBe(true)
      })
    }
  })

  it('a model that enlarges gives a larger video, tagged where its size would change what untagged means', async () => {
    const manifest = JSON.parse(await readFile(join(model, 'toon.i2i.json'), 'utf8'))
    manifest.outputs[0].scale = 2
    await writeFile(clips.at('double.i2i.json'), JSON.stringify(manifest))
    await ffmpeg(...source('96x300', 0.12), '-vf', `${gentle},setsar=4/3`, ...lossless, clips.at('small.mp4'))
    const { code, out, err } = await i2i(clips.path, [
      'video',
      'small.mp4',
      'double.mp4',
      '-m',
      'double.i2i.json',
      '--identity',
      '--crf',
      '0',
      '--json',
    ])
    expect([code, code && err]).toEqual([0, 0])
    expect(JSON.parse(out).notes.join()).toMatch(
      /untagged video would be taken as bt709: the result is tagged smpte170m/,
    )
    const [stream] = await streamsOf(clips.at('double.mp4'))
    expect(stream).toMatchObject({ width: 192, height: 600, color_space: 'smpte170m', sample_aspect_ratio: '4:3' })
    const [[before], [after]] = [
      await framesOf(clips.at('small.mp4'), 96, 300),
      await framesOf(clips.at('double.mp4'), 192, 600),
    ]
    for (let i = 0; i < 192 * 600; i += 7) {
      const [x, y] = [i % 192, Math.floor(i / 192)]
      expect(after!.planes[0]!.data[i]).toBe(before!.planes[0]!.data[(y >> 1) * 96 + (x >> 1)])
    }
  })

  it('a size that changes on the way is brought to the first, and said', async () => {
    const parts: Buffer[] = []
    for (const size of ['96x64', '128x96']) {
      parts.push(await ffmpeg(...source(size, 0.4), '-c:v', 'libx264', '-f', 'h264', '-'))
    }
    await writeFile(clips.at('changing.264'), Buffer.concat(parts))
    const changing = await clips.send('changing.264', 'changing-out.mkv', { damaged: true })
    expect([changing.width, changing.height, changing.frames]).toEqual([96, 64, 20])
    expect(changing.notes.join()).toMatch(/changes its size.*every frame to 96x64/)
    const steady = await clips.send('small.mp4', 'small-out.mp4')
    expect(steady.notes.join()).not.toMatch(/changes its size/)
  })
})
