// ESRGAN-slim on TensorFlow.js WebAssembly: a canvas in; i2i draws the result into one, UpscalerJS gives its default, a PNG in base64.
import '@tensorflow/tfjs-backend-wasm'
import { tfjs } from '@i2i/backend-tfjs'
import { load } from '@i2i/core'
import * as tf from '@tensorflow/tfjs'
import { setWasmPaths } from '@tensorflow/tfjs-backend-wasm'
import x2 from '@upscalerjs/esrgan-slim/2x'
import Upscaler from 'upscaler'
import { wasmPaths } from './wasm-paths.js'

export async function doubling({ side, rounds }) {
  const source = await photograph(side)
  const target = document.createElement('canvas')
  const i2i = await load('/esrgan-slim/esrgan-slim-x2.i2i.json', { backend: tfjs({ wasmPaths }), device: 'wasm' })
  setWasmPaths(wasmPaths)
  await tf.setBackend('wasm')
  const upscaler = new Upscaler({ model: { ...x2, path: '/esrgan-slim/model.json' } })
  const contestants = {
    'i2i, drawn into a canvas': async () =>
      (await i2i.translate(source, { as: 'none', into: target }))[Symbol.dispose](),
    'UpscalerJS, base64': () => upscaler.upscale(source),
    'UpscalerJS, tensor': async () => (await upscaler.upscale(source, { output: 'tensor' })).dispose(),
  }
  const times = new Map(Object.keys(contestants).map((name) => [name, []]))
  for (let round = -1; round < rounds; round++) {
    for (const [name, call] of Object.entries(contestants)) {
      const start = performance.now()
      await call()
      if (round >= 0) times.get(name).push(performance.now() - start)
    }
  }
  await i2i.dispose()
  return [...times].map(([name, all]) => {
    all.sort((a, b) => a - b)
    return { name, min: all[0], median: all[all.length >> 1] }
  })
}

async function photograph(side) {
  const bitmap = await createImageBitmap(await (await fetch('/astronaut.png')).blob())
  const canvas = document.createElement('canvas')
  canvas.width = canvas.height = side
  canvas.getContext('2d').drawImage(bitmap, 0, 0, side, side)
  return canvas
}
