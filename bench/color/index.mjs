// bench color: our engines against libyuv, swscale, OpenCV.js, ONNX Runtime, the plain reference and a copy of the same bytes.
import { openColorEngine, planeSizes } from '@i2i/color'
import { interleave, loop } from '../lib/measure.mjs'
import { machine, table } from '../lib/report.mjs'
import { openNative } from './native.mjs'
import { openCv, ortGraph, referenceConvert } from './peers.mjs'

const sizes = [
  { label: '720p', width: 1280, height: 720 },
  { label: '4K', width: 3840, height: 2160 },
]
const space = { matrix: 'smpte170m', fullRange: false }
const native = openNative()
const cv = await openCv()
const names = ['wasm-simd', 'wasm-relaxed']
const engines = []
for (const name of names) engines.push(await openColorEngine({ engine: name }))

console.log(`# color\n\n${machine({ opencv: '4.12', onnxruntime: '1.30.0', ...native.versions })}\n`)
if (native.missing) console.log(`${native.missing}\n`)
console.log('Times are for one frame, one thread; "x" is how many times as fast we are, by median (by minimum).\n')

for (const size of sizes) {
  await report(`I420 -> RGBA, ${size.label}`, [
    ...engines.map((engine) => converting(engine, 'I420', 'RGBA', size)),
    ...peer('i420-rgba', size),
    ...swscale('swscale-i420-rgba', size),
    cv.i420ToRgba(size),
    await referenceConvert(frame(engines[0], 'I420', size), { format: 'RGBA' }),
    copying(size),
  ])
  await report(`NV12 -> RGBA, ${size.label}`, [
    ...engines.map((engine) => converting(engine, 'NV12', 'RGBA', size)),
    ...peer('nv12-rgba', size),
  ])
  await report(`RGBA -> I420, ${size.label}`, [
    ...engines.map((engine) => converting(engine, 'RGBA', 'I420', size)),
    ...peer('rgba-i420', size),
    ...swscale('swscale-rgba-i420', size),
    cv.rgbaToI420(size),
  ])
  await report(`RGBA -> NV12, ${size.label}`, [
    ...engines.map((engine) => converting(engine, 'RGBA', 'NV12', size)),
    ...peer('rgba-nv12', size),
  ])
  await report(`I420 -> NCHW float32, ${size.label}`, [
    ...engines.map((engine) => packing(engine, size, size)),
    ...peer('i420-nchw', size, 'libyuv + vectorised normalise'),
    await ortGraph(size),
  ])
  await report(`I420 -> 512x512 NCHW float32, ${size.label}`, [
    ...engines.map((engine) => packing(engine, size, { width: 512, height: 512 }, { kernel: 'bilinear' })),
    ...peer('i420-nchw-512', size, 'libyuv scale + convert + normalise'),
  ])
  await report(
    `NCHW float32 -> RGBA, ${size.label}`,
    engines.map((engine) => unpacking(engine, 'RGBA', size)),
  )
  await report(
    `NCHW float32 -> I420, ${size.label}`,
    engines.map((engine) => unpacking(engine, 'I420', size)),
  )
}
for (const engine of engines) engine[Symbol.dispose]()
native.close?.()

async function report(title, contestants) {
  const results = await interleave(contestants)
  console.log(`## ${title}\n\n${table(results, names)}\n`)
  for (const { release } of contestants) release?.()
}

/** A frame of noise in the engine's own memory, as a camera loop would keep it. */
function frame(engine, format, { width, height }) {
  const image = engine.allocate(format, width, height, format === 'RGBA' ? undefined : space)
  planeSizes(format, width, height).forEach((_, index) => {
    const { data } = image.planes[index]
    for (let i = 0; i < data.length; i++) data[i] = (Math.imul(i, 2654435761) >>> 13) & 255
  })
  return image
}

function converting(engine, from, format, size) {
  const source = frame(engine, from, size)
  const into = frame(engine, format, size)
  const to = format === 'RGBA' ? { format } : { format, colorSpace: space }
  const release = () => {
    source[Symbol.dispose]()
    into[Symbol.dispose]()
  }
  return { ...loop(engine.name, () => engine.convert(source, to, into)), release }
}

function tensor({ width, height }) {
  return {
    width,
    height,
    layout: 'NCHW',
    dtype: 'float32',
    channels: 'RGB',
    mean: [0.5, 0.5, 0.5],
    std: [0.5, 0.5, 0.5],
  }
}

function packing(engine, size, target, options = {}) {
  const source = frame(engine, 'I420', size)
  const format = tensor(target)
  return {
    ...loop(engine.name, () => engine.pack(source, format, options)[Symbol.dispose]()),
    release: () => source[Symbol.dispose](),
  }
}

function unpacking(engine, format, size) {
  const rgb = frame(engine, 'RGBA', size)
  const packed = engine.pack(rgb, tensor(size))
  const into = frame(engine, format, size)
  const release = () => {
    for (const held of [rgb, packed, into]) held[Symbol.dispose]()
  }
  return { ...loop(engine.name, () => engine.unpack(packed.data, tensor(size), { format }, into)), release }
}

function peer(operation, size, name = 'libyuv') {
  if (native.missing) return []
  return [
    native.contestant(`${name}, AVX2`, operation, size, 'avx2'),
    native.contestant(`${name}, SSSE3`, operation, size, 'ssse3'),
  ]
}

function swscale(operation, size) {
  return native.swscale ? [native.contestant('ffmpeg swscale', operation, size)] : []
}

/** The floor: moving the bytes that the result has. */
function copying({ width, height }) {
  const [from, to] = [new Uint8Array(width * height * 4).fill(7), new Uint8Array(width * height * 4)]
  return loop('copy of the result', () => to.set(from))
}
