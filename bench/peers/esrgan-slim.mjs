// ESRGAN-slim x2 as its package ships it (TensorFlow.js layers), and the same weights as ONNX, so that both runtimes can be asked.
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { GraphBuilder, writeModel } from '@i2i/onnx'

export const folder = fileURLToPath(new URL('../node_modules/@upscalerjs/esrgan-slim/models/x2/', import.meta.url))
export const layersFiles = ['model.json', 'group1-shard1of1.bin']

/** Pixels 0..255 in NCHW to pixels 0..255 of twice the size. */
export function esrganSlimOnnx() {
  const { modelTopology, weightsManifest } = JSON.parse(readFileSync(`${folder}${layersFiles[0]}`, 'utf8'))
  const weights = readWeights(weightsManifest[0].weights, readFileSync(`${folder}${layersFiles[1]}`))
  const graph = new GraphBuilder('esrgan-slim')
  const values = new Map([['LR', graph.input('LR', 'float32', [1, 3, 'height', 'width'])]])
  for (const { class_name: type, name, config, inbound_nodes: inbound } of modelTopology.model_config.config.layers) {
    if (type === 'InputLayer') continue
    const inputs = inbound[0].map(([layer]) => values.get(layer))
    values.set(name, layer(graph, { type, name, config, inputs }, weights))
  }
  graph.output('SR', 'float32', [1, 3, 'height2', 'width2'], values.get('SR'))
  return writeModel(graph.build())
}

function layer(graph, { type, name, config, inputs }, weights) {
  switch (type) {
    case 'Conv2D': {
      const kernel = weights.get(`${name}/kernel`)
      const bias = graph.constant(weights.get(`${name}/bias`).data)
      const { data, dims } = oihw(kernel)
      const padding = config.padding === 'same' ? (config.kernel_size[0] - 1) / 2 : 0
      return graph.node('Conv', [...inputs, graph.constant(data, dims), bias], { pads: Array(4).fill(padding) })
    }
    case 'Activation':
      return graph.node('Relu', inputs)
    case 'Add':
      return graph.node('Add', inputs)
    case 'Concatenate':
      return graph.node('Concat', inputs, { axis: 1 })
    case 'UpSampling2D': {
      const scales = graph.constant(Float32Array.of(1, 1, ...config.size))
      const nearest = { mode: 'nearest', coordinate_transformation_mode: 'asymmetric', nearest_mode: 'floor' }
      return graph.node('Resize', [...inputs, '', scales], nearest)
    }
    default:
      throw new Error(`${name}: ESRGAN-slim has a layer ${type} that this bench does not know`)
  }
}

function readWeights(entries, bytes) {
  const weights = new Map()
  let at = bytes.byteOffset
  for (const { name, shape } of entries) {
    const length = shape.reduce((product, size) => product * size, 1)
    weights.set(name, { data: new Float32Array(bytes.buffer.slice(at, at + 4 * length)), shape })
    at += 4 * length
  }
  return weights
}

/** A kernel of [height, width, in, out] as ONNX's [out, in, height, width]. */
function oihw({ data, shape: [height, width, from, to] }) {
  const turned = new Float32Array(data.length)
  for (let pixel = 0, at = 0; pixel < height * width; pixel++) {
    for (let i = 0; i < from; i++) {
      for (let o = 0; o < to; o++, at++) turned[(o * from + i) * height * width + pixel] = data[at]
    }
  }
  return { data: turned, dims: [to, from, height, width] }
}
