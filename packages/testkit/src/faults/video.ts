import { spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { type Frame, imageOf } from './frame.js'
import type { FaultInjector } from './injector.js'

/** A frame's way through a video file: what ffmpeg does to it before, how it is stored, what ffmpeg does to it behind. */
interface VideoLink {
  readonly codec?: Codec
  /** Filters before it is stored as YUV. */
  readonly before?: string
  /** Matrix and range it is stored with, in swscale's names. */
  readonly encode?: YuvNames
  /** Filters on the stored YUV. */
  readonly between?: string
  /** Matrix and range it is taken with. */
  readonly decode?: YuvNames
  /** Filters when it is RGB again. */
  readonly after?: string
}

interface YuvNames {
  readonly matrix?: 'bt601' | 'bt709' | 'bt2020'
  readonly range?: 'limited' | 'full'
}

/** How a frame is stored; names are what people call it. */
type Codec = keyof typeof codecs

const codecs = {
  'FFV1 4:4:4': ['yuv444p', '-c:v', 'ffv1'],
  'H.264 4:2:0': ['yuv420p', '-c:v', 'libx264', '-crf', '18'],
  'H.264 4:2:0, small': ['yuv420p', '-c:v', 'libx264', '-crf', '26'],
  'H.264 4:4:4': ['yuv444p', '-c:v', 'libx264', '-crf', '16'],
  'VP9 4:2:0': ['yuv420p', '-c:v', 'libvpx-vp9', '-crf', '24', '-b:v', '0'],
  'MPEG-4 4:2:0': ['yuv420p', '-c:v', 'mpeg4', '-q:v', '3'],
  'H.265 10-bit 4:2:0': ['yuv420p10le', '-c:v', 'libx265', '-crf', '18', '-x265-params', 'log-level=none'],
} as const

const ffmpeg = (): string => {
  const folder = process.env['FFMPEG_PATH']
  return folder && existsSync(join(folder, 'ffmpeg')) ? join(folder, 'ffmpeg') : 'ffmpeg'
}

function run(args: readonly string[], input: Uint8Array): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const child = spawn(ffmpeg(), ['-v', 'error', ...args], { stdio: ['pipe', 'pipe', 'pipe'] })
    const out: Buffer[] = []
    let said = ''
    child.stdout.on('data', (chunk: Buffer) => out.push(chunk))
    child.stderr.on('data', (chunk: Buffer) => {
      said += chunk
    })
    child.on('error', reject)
    child.on('close', (code) => (code === 0 ? resolve(Buffer.concat(out)) : reject(new Error(`ffmpeg: ${said}`))))
    child.stdin.end(input)
  })
}

const sws = 'flags=bicubic+accurate_rnd+full_chroma_int+full_chroma_inp'

/** The frame as a video player shows it: three times the same one, so that codecs predict, of which the last is taken. */
async function throughVideo(frame: Frame, link: VideoLink): Promise<Frame> {
  const { codec = 'H.264 4:2:0', before = '', between = '', after = '', encode = {}, decode = {} } = link
  const { width, height } = frame
  const [pixels, ...how] = codecs[codec]
  const to = `scale=out_color_matrix=${encode.matrix ?? 'bt601'}:out_range=${encode.range ?? 'limited'}:${sws},format=${pixels}`
  const raw = ['-f', 'rawvideo', '-pix_fmt', 'rgba', '-s', `${width}x${height}`, '-i', 'pipe:0']
  const chain = (...filters: readonly string[]): string[] => ['-vf', filters.filter(Boolean).join(',')]
  const rgba = Buffer.from(imageOf({ ...frame }).planes[0]!.data)
  const stored = [...raw, ...chain('format=rgb24', before, to, between), ...how, '-f', 'matroska', 'pipe:1']
  const file = await run(stored, Buffer.concat([rgba, rgba, rgba]))
  // Which numbers a player takes is the link's, whatever the file says.
  const from = `scale=in_color_matrix=${decode.matrix ?? 'bt601'}:in_range=${decode.range ?? 'limited'}:${sws},format=rgb24`
  const shown = [
    '-i',
    'pipe:0',
    ...chain('select=eq(n\\,2)', from, after),
    '-frames:v',
    '1',
    '-f',
    'image2pipe',
    '-c:v',
    'pam',
    'pipe:1',
  ]
  return frameOfPam(await run(shown, file))
}

// PAM says the size that filters left.
function frameOfPam(bytes: Buffer): Frame {
  const end = bytes.indexOf('ENDHDR\n') + 7
  const head = bytes.toString('latin1', 0, end)
  const [width, height, depth] = ['WIDTH', 'HEIGHT', 'DEPTH'].map((key) =>
    Number(new RegExp(`${key} (\\d+)`).exec(head)?.[1]),
  )
  if (!width || !height || depth !== 3) throw new Error(`not RGB: ${head}`)
  const data = new Float64Array(width * height * 4).fill(255)
  for (let pixel = 0; pixel < width * height; pixel++) {
    for (let c = 0; c < 3; c++) data[pixel * 4 + c] = bytes[end + pixel * 3 + c]!
  }
  return { width, height, data }
}

const fault = (code: string, name: string, link: VideoLink): FaultInjector => ({
  code,
  name: `${name}, ${link.codec ?? 'H.264 4:2:0'}`,
  family: 'video',
  stage: 50,
  inject: (frame) => throughVideo(frame, link),
})

const matrixPairs = ['601 709', '709 601', '601 2020', '2020 601', '709 2020', '2020 709'].map((pair) =>
  pair.split(' '),
)
const yuvCodecs: readonly Codec[] = ['FFV1 4:4:4', 'H.264 4:2:0', 'VP9 4:2:0', 'MPEG-4 4:2:0']
const matrix = (name = ''): YuvNames => ({ matrix: `bt${name}` as 'bt601' | 'bt709' | 'bt2020' })

/** What goes wrong on the way through a video file, done by ffmpeg. */
export const videoFaults: readonly FaultInjector[] = [
  ...yuvCodecs.flatMap((codec) => [
    ...matrixPairs.map(([encode, decode]) =>
      fault(`MATRIX_${encode}_AS_${decode}`, 'wrong tag', { codec, encode: matrix(encode), decode: matrix(decode) }),
    ),
    fault('RANGE_LIMITED_AS_FULL', 'wrong tag', { codec, decode: { range: 'full' } }),
    fault('RANGE_FULL_AS_LIMITED', 'wrong tag', { codec, encode: { range: 'full' } }),
    fault('CHROMA_SWAPPED', 'YV12 as I420', { codec, between: 'swapuv' }),
  ]),
  fault('CHANNELS_SWAPPED', 'BGR behind the decoder', { after: 'colorchannelmixer=0:0:1:0:0:1:0:0:1:0:0:0' }),
  fault('ROTATED_90', 'transpose filter', { after: 'transpose=clock' }),
  fault('ROTATED_270', 'transpose filter', { after: 'transpose=cclock' }),
  fault('ROTATED_180', 'two flips', { between: 'hflip,vflip' }),
  fault('MIRRORED_X', 'hflip filter', { between: 'hflip' }),
  fault('MIRRORED_Y', 'vflip filter', { before: 'vflip' }),
  fault('GAMMA', 'lutrgb filter', { after: 'lutrgb=r=gammaval(0.6):g=gammaval(0.6):b=gammaval(0.6)' }),
  fault('CROPPED', 'crop filter', { before: 'crop=iw*3/4:ih*3/4:iw/8:ih/8' }),
  fault('LETTERBOXED', 'pad filter', { before: 'scale=iw*3/4:ih:flags=bicubic,pad=iw*4/3:ih:(ow-iw)/2:0' }),
  fault('HIDDEN_RESIZE', 'a smaller video', {
    before: 'scale=iw*5/8:ih*5/8:flags=bicubic',
    after: 'scale=iw*8/5:ih*8/5:flags=bicubic',
  }),
]

/** Sound ways through a video file: right numbers, whatever the codec loses. */
export const soundVideoLinks: readonly { readonly name: string; readonly send: (frame: Frame) => Promise<Frame> }[] = (
  Object.keys(codecs) as Codec[]
).flatMap((codec) =>
  (['bt601', 'bt709', 'bt2020'] as const).flatMap((name) =>
    (['limited', 'full'] as const).map((range) => ({
      name: `${codec}, ${name} ${range}`,
      send: (frame: Frame) =>
        throughVideo(frame, { codec, encode: { matrix: name, range }, decode: { matrix: name, range } }),
    })),
  ),
)
