// TensorFlow.js has no file handler in plain Node; apps there give it one like this.
import { readFileSync } from 'node:fs'
import { folder, layersFiles } from '../esrgan-slim.mjs'

export function layersHandler() {
  return {
    async load() {
      const { modelTopology, weightsManifest, format } = JSON.parse(readFileSync(folder + layersFiles[0], 'utf8'))
      const bytes = readFileSync(folder + layersFiles[1])
      const weightData = bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length)
      return { modelTopology, format, weightSpecs: weightsManifest[0].weights, weightData }
    },
  }
}
