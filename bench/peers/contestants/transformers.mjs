// Transformers.js with a local model: its image-to-image pipeline knows swin2sr, whose tensors are pixel_values and reconstruction.
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { env, pipeline, RawImage } from '@huggingface/transformers'
import { inUnitRange } from '../models.mjs'
import { modelTime } from './model-time.mjs'

const preprocessing = {
  image_processor_type: 'Swin2SRImageProcessor',
  do_pad: true,
  do_rescale: true,
  pad_size: 8,
  rescale_factor: 1 / 255,
}

export async function open({ model, picture, scale }) {
  const folder = mkdtempSync(join(tmpdir(), 'i2i-bench-'))
  try {
    mkdirSync(join(folder, 'model/onnx'), { recursive: true })
    writeFileSync(join(folder, 'model/config.json'), JSON.stringify({ model_type: 'swin2sr', upscale: scale }))
    writeFileSync(join(folder, 'model/preprocessor_config.json'), JSON.stringify(preprocessing))
    writeFileSync(join(folder, 'model/onnx/model.onnx'), inUnitRange(model))
    env.allowRemoteModels = false
    env.localModelPath = folder
    const session_options = { intraOpNumThreads: 1, interOpNumThreads: 1 }
    const upscale = await pipeline('image-to-image', 'model', { dtype: 'fp32', device: 'cpu', session_options })
    return contestant(upscale, picture)
  } finally {
    rmSync(folder, { recursive: true })
  }
}

function contestant(upscale, { width, height, data }) {
  const session = upscale.model.sessions.model
  const { run } = session
  const time = modelTime()
  session.run = (...args) => time.run(() => run.apply(session, args))
  // RGB, so that it need not drop an alpha channel first.
  const image = new RawImage(new Uint8ClampedArray(data), width, height, 4).rgb()
  return {
    async call() {
      const result = await upscale(image)
      return { rgb: result.data, model: time.take() }
    },
  }
}
