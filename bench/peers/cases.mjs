// Who runs what. One contestant of each case is the reference, whose pixels the others' are compared with.
const i2i = { name: 'i2i, onnxruntime-node', module: 'i2i', options: { runtime: 'onnxruntime-node' } }
const i2iTfjs = { name: 'i2i, tfjs-wasm', module: 'i2i', options: { runtime: 'tfjs-wasm' } }
const byHand = { name: 'onnxruntime, loops by hand', module: 'onnxruntime', options: {}, reference: true }
const runAlone = { name: 'onnxruntime, run alone', module: 'onnxruntime', options: { alone: true } }
const tfjsByHand = { name: 'tfjs-wasm, loops by hand', module: 'tfjs', options: {} }
const transformers = { name: 'Transformers.js', module: 'transformers', options: {} }
const upscaler = { name: 'UpscalerJS, tfjs-wasm', module: 'upscaler', options: {} }

/** Its guide's numbers. */
const tile = { patch: 64, padding: 2 }

export const cases = [
  {
    title: 'toon, a 60 ms model',
    model: 'toon',
    side: 624,
    scale: 1,
    rounds: 15,
    contestants: [i2i, byHand, runAlone, transformers, i2iTfjs, tfjsByHand],
  },
  {
    title: 'identity, a model that costs nothing',
    model: 'identity',
    side: 512,
    scale: 1,
    rounds: 21,
    contestants: [i2i, byHand, runAlone, transformers],
  },
  {
    title: 'ESRGAN-slim x2, the whole picture',
    model: 'esrgan-slim',
    side: 256,
    scale: 2,
    rounds: 7,
    contestants: [i2i, byHand, runAlone, transformers, layers(i2iTfjs), layers(tfjsByHand), upscaler],
  },
  {
    title: `ESRGAN-slim x2 in patches of ${tile.patch} that overlap by ${tile.padding}`,
    model: 'esrgan-slim',
    side: 512,
    scale: 2,
    rounds: 3,
    contestants: [tiled(i2i), tiled(layers(i2iTfjs)), { ...tiled(upscaler), reference: true }],
  },
]

/** The model's own files instead of the ONNX made from them. */
function layers(contestant) {
  return { ...contestant, options: { ...contestant.options, format: 'tfjs' } }
}

function tiled(contestant) {
  return { ...contestant, options: { ...contestant.options, tile } }
}
