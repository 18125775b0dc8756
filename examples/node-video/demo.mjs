// A short clip through a model: made from a photograph, turned into a cartoon with its sound, put side by side with what it was.
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { ort } from '@i2i/backend-ort'
import { ffmpeg, probeVideo, translateVideo } from '@i2i/cli/video'
import { load } from '@i2i/core'

const root = fileURLToPath(new URL('../../', import.meta.url))
const [folder = join(root, 'demo-output-video'), own] = process.argv.slice(2)
await mkdir(folder, { recursive: true })
const clip = own ?? join(folder, 'clip.mp4')
const cartoon = join(folder, 'toon.mp4')
if (!own) await makeClip(clip)

const toon = await load(join(root, 'models/toon/toon.i2i.json'), { backend: ort() })
const info = await probeVideo(clip)
const { frames, width, height, colorSpace, streams, notes, times } = await translateVideo(info, cartoon, toon, {
  overwrite: true,
  onProgress: ({ frames, expected, fps }) => {
    if (frames % 25 === 0) console.log(`  ${frames} of ${expected} frames, ${fps.toFixed(1)} fps`)
  },
})
await sideBySide([clip, cartoon], join(folder, 'side-by-side.mp4'))

const ms = (value) => `${(value / frames).toFixed(1)} ms`
console.log(`
  model     ${toon.manifest.id} ${toon.manifest.version} on ${toon.backend} ${toon.device}
  video     ${frames} frames of ${width}x${height}, ${colorSpace.matrix}, ${colorSpace.fullRange ? 'full' : 'limited'} range
  copied    ${streams.copied.map(({ type, codec }) => `${type} (${codec})`).join(', ') || 'no other stream'}
  a frame   pack ${ms(times.pack)}, run ${ms(times.run)}, unpack ${ms(times.unpack)}; waiting for ffmpeg ${ms(times.decode + times.encode)}
  notes     ${notes.join('; ') || 'none'}
  files     ${folder}: clip.mp4, toon.mp4, side-by-side.mp4
`)
await toon.dispose()

/** Two seconds of a slow pan over the photograph, with a tone, tagged as what it is. */
async function makeClip(path) {
  const photo = fileURLToPath(new URL('../node-photo/astronaut.png', import.meta.url))
  const pan = "crop=320:240:x='96+60*sin(t*1.5)':y='60+40*sin(t*1.1)'"
  const bt709 = 'scale=out_color_matrix=bt709:out_range=limited,format=yuv420p'
  const tags = 'setparams=colorspace=bt709:color_primaries=bt709:color_trc=bt709:range=tv'
  const inputs = ['-loop', '1', '-framerate', '25', '-t', '2', '-i', photo, '-f', 'lavfi', '-i', 'sine=330:duration=2']
  await ffmpeg('-y', ...inputs, '-vf', [pan, bt709, tags].join(','), '-crf', '16', '-c:a', 'aac', path)
}

async function sideBySide(videos, target) {
  const inputs = videos.flatMap((path) => ['-i', path])
  await ffmpeg('-y', ...inputs, '-filter_complex', 'hstack', '-c:a', 'copy', target)
}
