// i2i as its guide shows it: load, translate.
import { load, rawImage } from '@i2i/core'
import { described } from '../models.mjs'
import { modelTime } from './model-time.mjs'

const backends = {
  'onnxruntime-node': async () => (await import('@i2i/backend-ort')).ort({ threads: 1 }),
  'tfjs-wasm': async () => (await import('@i2i/backend-tfjs')).tfjs(),
}
const devices = { 'onnxruntime-node': 'cpu', 'tfjs-wasm': 'wasm' }

/** `runtime`: a key of backends. `format`: of the model's files. `tile`: the caller cuts such tiles and puts them together. */
export async function open({ model, picture, scale, runtime, format, tile }) {
  const { manifest, files } = described(model, format)
  const time = modelTime()
  const backend = timed(await backends[runtime](), time)
  const translator = await load(manifest, { backend, device: devices[runtime], files })
  const image = rawImage({ format: 'RGBA', ...picture })
  return {
    async call() {
      const rgba = tile
        ? await inTiles(translator, image, scale, tile)
        : (await translator.translate(image)).image.planes[0].data
      return { rgba, model: time.take() }
    },
  }
}

/** The backend with its sessions' runs counted: what i2i says of itself is not asked. */
function timed(backend, time) {
  return {
    ...backend,
    async openSession(...args) {
      const session = await backend.openSession(...args)
      const { run } = session
      session.run = (...feeds) => time.run(() => run.apply(session, feeds))
      return session
    },
  }
}

/** Patches of `patch` pixels that overlap by `padding` on every side, which is cut off again: UpscalerJS's meaning of the two. */
async function inTiles(translator, image, scale, { patch, padding }) {
  const size = patch - 2 * padding
  const { width, height } = image
  const rgba = new Uint8Array(4 * width * height * scale * scale)
  for (let y = 0; y < height; y += size) {
    for (let x = 0; x < width; x += size) {
      const left = Math.max(0, x - padding)
      const top = Math.max(0, y - padding)
      const right = Math.min(width, x + size + padding)
      const bottom = Math.min(height, y + size + padding)
      const crop = { x: left, y: top, width: right - left, height: bottom - top }
      const { image: part } = await translator.translate(image, { crop })
      const { data, stride } = part.planes[0]
      const kept = 4 * scale * (Math.min(x + size, width) - x)
      for (let row = 0; row < scale * (Math.min(y + size, height) - y); row++) {
        const from = (scale * (y - top) + row) * stride + 4 * scale * (x - left)
        rgba.set(data.subarray(from, from + kept), 4 * scale * ((scale * y + row) * width + x))
      }
    }
  }
  return rgba
}
