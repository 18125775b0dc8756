// bench overhead: what translate() costs besides the model, and what one camera frame costs to become a model's input.
import { ort } from '@i2i/backend-ort'
import { createImage, load, openColorEngine, rawImage } from '@i2i/core'
import sharp from 'sharp'
import { openCv } from '../color/peers.mjs'
import { interleave, loop, loopAsync } from '../lib/measure.mjs'
import { machine, table } from '../lib/report.mjs'
import { fusedByHand, packByHand, rgbByHand, unpackByHand } from './by-hand.mjs'
import { doublingBackend, doublingManifest, noFiles } from './doubling-model.mjs'

const color = await openColorEngine()
const cv = await openCv()
console.log(`# overhead\n\n${machine({ engine: color.name, opencv: '4.12', sharp: sharp.versions.sharp })}\n`)

await nonModelTime()
await cameraFrame()
await shareOfToon()
color[Symbol.dispose]()

/** translate() through a model that costs nothing, 256x256 to 512x512, against its pack and unpack alone and against loops by hand. */
async function nonModelTime() {
  const photo = noise(256, 256)
  const cutOut = noise(256, 256, { opaque: false })
  const translator = await load(doublingManifest, { backend: doublingBackend(), color, files: noFiles })
  const tensor = { layout: 'NCHW', dtype: 'float32', channels: 'RGB', mean: [0.5, 0.5, 0.5], std: [0.5, 0.5, 0.5] }
  const small = { width: 256, height: 256, ...tensor }
  const large = { width: 512, height: 512, ...tensor }
  const output = new Float32Array(3 * 512 * 512).fill(0.25)
  const input = new Float32Array(3 * 256 * 256)
  const rgba = photo.planes[0].data
  const results = await interleave([
    loopAsync('translate() less session.run', () => translator.translate(photo)),
    loop('fused pack + unpack alone', () => {
      color.pack(photo, small)[Symbol.dispose]()
      color.unpack(output, large, { format: 'RGBA' })
    }),
    loop('loops by hand, which drop alpha', () => {
      packByHand(rgba, input, 256 * 256)
      unpackByHand(output, new Uint8ClampedArray(4 * 512 * 512), 512 * 512)
    }),
    loopAsync('translate() of a cut-out less session.run', () => translator.translate(cutOut)),
    loop('fused pack + unpack alone, carrying its alpha', () => {
      color.pack(cutOut, small)[Symbol.dispose]()
      color.unpack(output, large, { format: 'RGBA', alpha: cutOut })
    }),
  ])
  console.log(`## Non-model time, 256x256 -> 512x512 RGBA\n\n${table(results, ['translate() less session.run'])}\n`)
  await translator.dispose()
}

/** One 720p I420 frame as a 256x256 float input: bilinear everywhere. */
async function cameraFrame() {
  const [width, height, side] = [1280, 720, 256]
  const data = new Uint8Array(width * height * 1.5).map((_, i) => (Math.imul(i, 2654435761) >>> 13) & 255)
  const image = rawImage({ format: 'I420', width, height, data, colorSpace: { matrix: 'smpte170m', fullRange: false } })
  const [y, u, v] = image.planes.map((plane) => plane.data)
  const tensor = {
    width: side,
    height: side,
    layout: 'NCHW',
    dtype: 'float32',
    channels: 'RGB',
    mean: [0.5, 0.5, 0.5],
    std: [0.5, 0.5, 0.5],
  }
  const byHand = new Float32Array(3 * side * side)
  const planar = new Float32Array(3 * side * side)
  const rgb = Uint8Array.from(color.convert(image, { format: 'RGB' }).planes[0].data)
  const converted = new Uint8Array(rgb.length)
  sharp.concurrency(1)
  const bySharp = async (pixels) => {
    const small = sharp(pixels, { raw: { width, height, channels: 3 } }).resize(side, side, {
      fit: 'fill',
      kernel: 'linear',
    })
    const bytes = await small.raw().toBuffer()
    for (let i = 0; i < side * side; i++) {
      for (let c = 0; c < 3; c++) planar[c * side * side + i] = bytes[3 * i + c] / 127.5 - 1
    }
  }
  const results = await interleave([
    loop(color.name, () => color.pack(image, tensor, { kernel: 'bilinear' })[Symbol.dispose]()),
    loop('fused plain JavaScript', () => fusedByHand({ y, u, v, width, height }, byHand, side)),
    cv.i420ToNchw(data, { width, height }, side),
    // It reads no I420: its users convert it themselves.
    loopAsync('sharp, from RGB made by hand', async () => {
      rgbByHand({ y, u, v, width, height }, converted)
      await bySharp(converted)
    }),
    loopAsync('sharp, from RGB it is given', () => bySharp(rgb)),
  ])
  console.log(`## 720p I420 -> 256x256 NCHW float32\n\n${table(results, [color.name])}\n`)
}

/** The share of a real model's call that is not the model. */
async function shareOfToon() {
  const toon = await load(new URL('../../models/toon/toon.i2i.json', import.meta.url), {
    backend: ort({ threads: 1 }),
    color,
  })
  const photo = noise(256, 256)
  const shares = []
  for (let i = 0; i < 30; i++) {
    const { timings } = await toon.translate(photo)
    if (i >= 5) shares.push({ total: timings.total, other: timings.total - timings.run })
  }
  const median = (values) => values.sort((a, b) => a - b)[values.length >> 1]
  const total = median(shares.map((share) => share.total))
  const other = median(shares.map((share) => share.other))
  console.log(
    `## toon at 256x256\n\n${other.toFixed(2)} ms of ${total.toFixed(1)} ms are not the model: ${((100 * other) / total).toFixed(2)} %\n`,
  )
  await toon.dispose()
}

/** RGBA noise, opaque as photographs are. */
function noise(width, height, { opaque = true } = {}) {
  const image = createImage('RGBA', width, height)
  const { data } = image.planes[0]
  for (let i = 0; i < data.length; i++) data[i] = opaque && i % 4 === 3 ? 255 : (Math.imul(i, 2654435761) >>> 13) & 255
  return image
}
