import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { extname, join } from 'node:path'
import { firstWords, run } from './ffmpeg.js'
import { fileUrl, type OtherStream, type VideoInfo } from './probe.js'

/** A stream that the result does without, and why. */
export interface LeftStream extends OtherStream {
  readonly reason: string
}

/** Which of the other streams go into the result as they are. */
export interface StreamPlan {
  readonly copied: readonly OtherStream[]
  readonly left: readonly LeftStream[]
}

/** Asks ffmpeg for each sound and subtitle stream whether the result's container can hold it; other kinds are left. @throws BACKEND_UNAVAILABLE */
export async function streamPlan(info: VideoInfo, output: string): Promise<StreamPlan> {
  const copied: OtherStream[] = []
  const left: LeftStream[] = []
  const folder = await mkdtemp(join(tmpdir(), 'i2i-streams-'))
  try {
    for (const stream of info.others) {
      const reason =
        refusalOfKind(stream) ?? (await refusalOfContainer(info, stream, join(folder, `try${extname(output)}`)))
      if (reason === undefined) copied.push(stream)
      else left.push({ ...stream, reason })
    }
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
  return { copied, left }
}

function refusalOfKind({ type, cover }: OtherStream): string | undefined {
  if (cover) return 'a cover picture is not copied'
  if (type === 'video') return 'only the first video stream is translated'
  return type === 'audio' || type === 'subtitle' ? undefined : 'only sound and subtitles are copied'
}

// Containers refuse a codec when they write their head.
async function refusalOfContainer(info: VideoInfo, { index }: OtherStream, file: string): Promise<string | undefined> {
  const input = ['-i', fileUrl(info.path), '-map', `0:${index}`, '-c', 'copy', '-t', '0.1']
  const ending = await run('ffmpeg', ['-v', 'error', '-nostdin', '-y', ...input, fileUrl(file)])
  if (ending.code === 0) return undefined
  return `${extname(file)} files cannot hold it (${firstWords(ending)})`
}

/** One stream in words: "sound stream 1 (aac)". */
export function streamName({ index, type, codec }: OtherStream): string {
  return `${type === 'audio' ? 'sound' : type} stream ${index} (${codec})`
}
