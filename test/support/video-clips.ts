import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { ort } from '@i2i/backend-ort'
import { probeVideo, type TranslateVideoOptions, translateVideo, type VideoReport } from '@i2i/cli/video'
import { load, type RawImage } from '@i2i/core'
import { expect } from 'vitest'
import { maxDifference, toonManifest } from './pictures.js'

/** Colours that RGB has, so that going through it has no excuse. */
export const gentle = 'lutyuv=y=64+val/2:u=128+(val-128)/4:v=128+(val-128)/4'

/** A moving test picture, as an input of ffmpeg's. */
export function source(size: string, seconds: number, rate = '25'): string[] {
  return ['-f', 'lavfi', '-i', `testsrc2=s=${size}:r=${rate}:d=${seconds}`]
}

/** H.264 that loses nothing, so that codecs have no excuse either. */
export const lossless: readonly string[] = [
  '-c:v',
  'libx264',
  '-qp',
  '0',
  '-preset',
  'ultrafast',
  '-pix_fmt',
  'yuv420p',
]

/** The filter that tags a video's colours. */
export function tagFilter(matrix: string, range: string, primaries: string, transfer: string): string {
  return `setparams=range=${range}:colorspace=${matrix}:color_primaries=${primaries}:color_trc=${transfer}`
}

/** The largest difference of any sample of any frame. */
export function frameDifference(a: readonly RawImage[], b: readonly RawImage[]): number {
  expect(b.length).toBe(a.length)
  return Math.max(...a.map((image, i) => maxDifference(image, b[i]!)))
}

/** A folder for clips, and an identity link that sends one to another. */
export interface ClipFolder extends AsyncDisposable {
  readonly path: string
  at(name: string): string
  /** Translates with the identity model, losing nothing unless a codec is named. */
  send(from: string, to: string, options?: TranslateVideoOptions): Promise<VideoReport>
}

export async function clipFolder(): Promise<ClipFolder> {
  const path = await mkdtemp(join(tmpdir(), 'i2i-video-'))
  const identity = await load(toonManifest, { backend: ort({ threads: 1 }), identity: true })
  const at = (name: string): string => join(path, name)
  return {
    path,
    at,
    send: async (from, to, options = {}) => {
      const quality = options.codec || options.crf !== undefined ? {} : { crf: 0 }
      return await translateVideo(await probeVideo(at(from)), at(to), identity, {
        overwrite: true,
        ...quality,
        ...options,
      })
    },
    async [Symbol.asyncDispose]() {
      await identity.dispose()
      await rm(path, { recursive: true, force: true })
    },
  }
}
