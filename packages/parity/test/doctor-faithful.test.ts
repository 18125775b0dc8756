import { type ColorSpaceInit, openColorEngine, type RawImage, rawImage } from '@i2i/core'
import { randomSource } from '@i2i/testkit/faults'
import sharp, { type Sharp } from 'sharp'
import { expect, test } from 'vitest'
import { diagnose } from '../src/doctor/diagnose.js'
import { probeImage } from '../src/probe/probe-image.js'

type Link = (image: RawImage, random: () => number) => Promise<RawImage>

const spaces: readonly ColorSpaceInit[] = [
  { matrix: 'bt709', fullRange: false },
  { matrix: 'smpte170m', fullRange: false },
  { matrix: 'smpte170m', fullRange: true },
  { matrix: 'bt2020-ncl', fullRange: false },
]

const yuv =
  (format: 'I420' | 'NV12', up: 'nearest' | 'linear'): Link =>
  async (image, random) => {
    using engine = await openColorEngine({ engine: 'reference' })
    const colorSpace = spaces[Math.floor(random() * spaces.length)]!
    return engine.convert(engine.convert(image, { format, colorSpace }), { format: 'RGBA', chroma: { up } })
  }

const tensor =
  (dtype: 'float32' | 'float16', layout: 'NCHW' | 'NHWC'): Link =>
  async (image) => {
    using engine = await openColorEngine()
    const { width, height } = image
    const [mean, std] = [
      [0.485, 0.456, 0.406],
      [0.229, 0.224, 0.225],
    ]
    const format = { width, height, layout, dtype, channels: 'RGB', mean, std } as const
    using packed = engine.pack(image, format)
    return engine.unpack(packed.data, format, { format: 'RGBA' })
  }

const file =
  (encode: (picture: Sharp, quality: number) => Sharp): Link =>
  async ({ width, height, planes }, random) => {
    const picture = sharp(planes[0]!.data, { raw: { width, height, channels: 4 } }).removeAlpha()
    const bytes = await encode(picture, 90 + Math.floor(random() * 9)).toBuffer()
    return rawImage({ format: 'RGBA', width, height, data: await sharp(bytes).ensureAlpha().raw().toBuffer() })
  }

/** Everything a sound link may do to a picture. */
const links: Readonly<Record<string, Link>> = {
  nothing: async (image) => image,
  'I420, nearest': yuv('I420', 'nearest'),
  'I420, linear': yuv('I420', 'linear'),
  NV12: yuv('NV12', 'nearest'),
  'float32 NCHW': tensor('float32', 'NCHW'),
  'float16 NHWC': tensor('float16', 'NHWC'),
  PNG: file((picture) => picture.png()),
  'JPEG 4:4:4': file((picture, quality) => picture.jpeg({ quality, chromaSubsampling: '4:4:4' })),
  'JPEG 4:2:0': file((picture, quality) => picture.jpeg({ quality, chromaSubsampling: '4:2:0' })),
  WebP: file((picture, quality) => picture.webp({ quality })),
}

/** Notes that are true of a link. */
function trueNotes(name: string): readonly string[] {
  const thin = /I420|NV12|JPEG 4:2:0|WebP/.test(name) ? ['CHROMA_SUBSAMPLED'] : []
  return /JPEG|WebP/.test(name) ? [...thin, 'LOSSY_CODEC'] : thin
}

/** A made-up photograph: broad gradients, shapes with edges, a little noise. */
function scene(width: number, height: number, random: () => number): RawImage {
  const data = new Uint8Array(width * height * 4)
  const blobs = Array.from({ length: 14 }, () => ({
    x: random() * width,
    y: random() * height,
    radius: (0.05 + random() * 0.2) * width,
    color: [random(), random(), random()].map((value) => 20 + value * 215),
  }))
  const [p, q] = [random(), random()]
  for (let i = 0; i < width * height; i++) {
    const [x, y] = [i % width, Math.floor(i / width)]
    const top = blobs.findLast((blob) => Math.hypot(x - blob.x, y - blob.y) < blob.radius)
    for (let c = 0; c < 3; c++) {
      const ground = 128 + 90 * Math.sin((x / width) * (2 + p * 3) + c) * Math.cos((y / height) * (2 + q * 3))
      data[i * 4 + c] = Math.max(0, Math.min(255, (top?.color[c] ?? ground) + (random() - 0.5) * 6))
    }
    data[i * 4 + 3] = 255
  }
  return rawImage({ format: 'RGBA', width, height, data })
}

test('raises no false alarm on 200 sound links', async () => {
  const alarms: string[] = []
  const surplus: string[] = []
  const notes = new Map<string, number>()
  const kinds = Object.entries(links)
  for (let seed = 0; seed < 200; seed++) {
    const random = randomSource(seed)
    const [name, link] = kinds[seed % kinds.length]!
    const [width, height] = [96 + Math.floor(random() * 120), 96 + Math.floor(random() * 120)]
    const sent = seed % 3 === 0 ? scene(width, height, random) : probeImage(width, height)
    const { faithful, faults } = await diagnose(sent, await link(sent, random))
    const codes = faults.map(({ code, severity }) => `${code} (${severity})`)
    if (!faithful)
      alarms.push(
        `${name}, ${width} x ${height}, seed ${seed}: ${codes.join(', ')} ${JSON.stringify(faults[0]?.evidence)}`,
      )
    const untrue = faults.filter(({ code }) => !trueNotes(name).includes(code))
    if (untrue.length > 1 || faults.some(({ alternatives }) => alternatives.length > 3))
      surplus.push(`${name}, seed ${seed}: ${JSON.stringify(faults)}`)
    for (const code of codes) notes.set(code, (notes.get(code) ?? 0) + 1)
  }
  console.log(`200 sound links: ${alarms.length} false alarms; notes: ${JSON.stringify(Object.fromEntries(notes))}`)
  expect(alarms).toEqual([])
  expect(surplus).toEqual([])
}, 1_800_000)
