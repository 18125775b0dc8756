import { existsSync } from 'node:fs'
import { type Device, I2iError, type LoadOptions, load, openManifest, type Translator } from '@i2i/core'
import { directoryDump } from '@i2i/core/node'
import { Command, InvalidArgumentError, Option } from 'commander'
import { type BackendName, backendNamed, backendOption, deviceOption } from './backends.js'
import { manifestPath } from './manifest-path.js'
import { stoppable } from './stopped.js'
import { probeVideo, type TranslateVideoOptions, translateVideo } from './video/index.js'
import { ProgressBar } from './video-progress.js'
import { summary, summaryText } from './video-summary.js'
import { wholeNumber } from './whole-number.js'

interface VideoOptions {
  model: string
  backend: BackendName
  device: 'auto' | Device
  variant?: string
  threads?: number
  maxPixels?: number
  identity?: boolean
  start?: number
  duration?: number
  matrix?: string
  range?: 'limited' | 'full'
  upright?: boolean
  damaged?: boolean
  codec?: string
  crf?: number
  preset?: string
  force?: boolean
  dump?: string
  dumpEvery: number
  json?: boolean
}

/** `i2i video`: a video through a model, frame by frame. */
export function videoCommand(): Command {
  return new Command('video')
    .description('Translate a video, with ffmpeg. Colour tags, times, rotation, sound and subtitles are kept.')
    .argument('<input>', 'a video that ffmpeg reads')
    .argument('<output>', 'the result; its ending chooses the container')
    .requiredOption('-m, --model <path>', 'manifest (*.i2i.json), its folder, or an URL')
    .addOption(backendOption('-b, --backend <name>', 'runtime', 'ort'))
    .addOption(deviceOption())
    .option('--variant <id>', 'variant of the model (default: the first that fits)')
    .option('--threads <count>', 'threads of the runtime', wholeNumber)
    .option('--max-pixels <count>', 'shrink frames to so many pixels for a model of any size: faster', wholeNumber)
    .option('--identity', 'swap the model for an identity model')
    .option('--start <time>', 'where to begin: seconds, or [hours:]minutes:seconds', seconds)
    .option('--duration <time>', 'how much to translate, likewise', seconds)
    .addOption(
      new Option('--matrix <name>', 'matrix of the frames, whatever the tags say').choices([
        'bt709',
        'smpte170m',
        'bt470bg',
        'bt2020-ncl',
      ]),
    )
    .addOption(new Option('--range <name>', 'range of the frames, whatever the tags say').choices(['limited', 'full']))
    .option('--upright', 'turn the frames of a rotated video before the model sees them')
    .option('--damaged', 'go on behind damaged frames, and take a file that was cut off')
    .option('--codec <encoder>', "one of ffmpeg's encoders (default: libx264; libvpx-vp9 for .webm)")
    .option('--crf <number>', 'quality, smaller is better (default: 18 for libx264, 32 for libvpx-vp9)', quality)
    .option('--preset <name>', "one of the encoder's presets: speed against size")
    .option('--force', 'replace a result that is there already')
    .option('--dump <dir>', 'write the four stages of the first frame and every n-th behind it there')
    .option('--dump-every <n>', 'how many frames from one dump to the next', wholeNumber, 100)
    .option('--json', 'print the report as JSON')
    .action(video)
}

async function video(input: string, output: string, options: VideoOptions): Promise<void> {
  const report = await stoppable(async (signal) => {
    // What can be refused at once is, before a model is opened.
    if (!existsSync(input)) throw new I2iError('IMAGE_INVALID', `there is no file ${input}; check the path`)
    const info = await probeVideo(input)
    const dump = options.dump === undefined ? undefined : directoryDump(options.dump, { every: options.dumpEvery })
    await using translator = await opened(options, { ...(dump && { dump }), signal })
    const progress = new ProgressBar(process.stderr)
    try {
      const translated = await translateVideo(info, output, translator, {
        ...chosen(options),
        signal,
        onProgress: (now) => progress.show(now),
      })
      // After the video: a dump that failed is no reason to lose it.
      await dump?.close()
      return summary(info, output, translator, translated)
    } finally {
      progress.end()
    }
  })
  console.log(options.json ? JSON.stringify(report, null, 2) : summaryText(report))
}

async function opened(options: VideoOptions, more: Pick<LoadOptions, 'dump' | 'signal'>): Promise<Translator> {
  const { backend, threads, device, variant, identity = false, maxPixels } = options
  const loading: LoadOptions = {
    ...more,
    backend: backendNamed(backend, threads === undefined ? {} : { threads }),
    device,
    identity,
    ...(variant !== undefined && { variant }),
  }
  const path = manifestPath(options.model)
  if (maxPixels === undefined) return await load(path, loading)
  const { manifest, files } = await openManifest(path, {})
  const { size } = manifest.input
  if ('multipleOf' in size) {
    const input = { ...manifest.input, size: { ...size, maxPixels: Math.min(maxPixels, size.maxPixels ?? maxPixels) } }
    return await load({ ...manifest, input }, { ...loading, files })
  }
  throw new I2iError(
    'OPTION_INVALID',
    `--max-pixels is ${maxPixels}, but the model "${manifest.id}" takes ${size.width}x${size.height} alone; leave it out`,
  )
}

function chosen(options: VideoOptions): TranslateVideoOptions {
  const { start, duration, matrix, range, upright, damaged, codec, crf, preset, force } = options
  const given = {
    start,
    duration,
    matrix,
    fullRange: range && range === 'full',
    upright,
    damaged,
    codec,
    crf,
    preset,
    overwrite: force,
  }
  return Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined))
}

function seconds(text: string): number {
  const parts = /^(?:(?:(\d+):)?(\d+):)?(\d+(?:\.\d+)?)$/.exec(text)
  if (!parts) throw new InvalidArgumentError('Give seconds, as in 2.5, or hours, minutes and seconds, as in 1:02:03.')
  const [, hours = 0, minutes = 0, rest = 0] = parts
  return Number(hours) * 3600 + Number(minutes) * 60 + Number(rest)
}

function quality(text: string): number {
  const value = Number(text)
  if (text.trim() !== '' && value >= 0 && value <= 63) return value
  throw new InvalidArgumentError('Give a number from 0 to 63.')
}
