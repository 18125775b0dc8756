// The models that every contestant runs, and their manifests for i2i.
import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { GraphBuilder, identityModel, readModel, writeModel } from '@i2i/onnx'
import { esrganSlimOnnx, folder, layersFiles } from './esrgan-slim.mjs'

/** mean and std of a model's numbers: value = (pixel / 255 - mean) / std. */
const unit = { mean: 0, std: 1 }
const signed = { mean: 0.5, std: 0.5 }
const bytes = { mean: 0, std: 1 / 255 }

/** Each: the ONNX file, its tensors, what its numbers mean, and how much larger the result is. */
export const models = {
  toon: () => ({ onnx: writeModel(toonPicture()), input: 'input', output: 'image', scale: 1, ...signed }),
  identity: () => ({
    onnx: writeModel(identityModel({ input: 'pixel_values', output: 'reconstruction' })),
    input: 'pixel_values',
    output: 'reconstruction',
    scale: 1,
    ...unit,
  }),
  'esrgan-slim': () => ({ onnx: esrganSlimOnnx(), input: 'LR', output: 'SR', scale: 2, ...bytes }),
}

/** The model as Transformers.js wants it: pixel_values and reconstruction in 0..1, by nodes around the same weights. */
export function inUnitRange(name) {
  const { onnx, input, output, mean, std } = models[name]()
  if (input === 'pixel_values') return onnx
  const model = readModel(onnx)
  const before = new GraphBuilder('before')
  const pixels = before.input('pixel_values', 'float32', [1, 3, 'height', 'width'])
  const combine = (graph, opType, [value, by], as) => {
    // Names of its own: the model's may be the builder's.
    const constant = graph.constant(Float32Array.of(by), [], { name: `${as}_by` })
    return graph.node(opType, [value, constant], {}, { as })
  }
  combine(before, 'Div', [combine(before, 'Sub', [pixels, mean], 'centred_pixels'), std], input)
  const after = new GraphBuilder('after')
  after.input(output, 'float32', [1, 3, 'height', 'width'])
  combine(after, 'Add', [combine(after, 'Mul', [output, std], 'scaled_pixels'), mean], 'reconstruction')
  after.output('reconstruction', 'float32', [1, 3, 'height', 'width'])
  const [first, last] = [before.subgraph(), after.subgraph()]
  for (const node of [...first.nodes, ...last.nodes]) node.name = `scale_${node.outputs[0]}`
  model.graph.nodes = [...first.nodes, ...model.graph.nodes, ...last.nodes]
  model.graph.initializers.push(...first.initializers, ...last.initializers)
  model.graph.inputs = first.inputs
  model.graph.outputs = last.outputs
  return writeModel(model)
}

/** The manifest for i2i, and the files it names. */
export function described(name, format = 'onnx') {
  const { onnx, input, output, scale, mean, std } = models[name]()
  const layers = format === 'tfjs'
  const files = new Map(layers ? layersFiles.map((path) => [path, readFileSync(folder + path)]) : [['model', onnx]])
  const numbers = {
    layout: layers ? 'NHWC' : 'NCHW',
    dtype: 'float32',
    channels: 'RGB',
    mean: Array(3).fill(mean),
    std: Array(3).fill(std),
  }
  const manifest = {
    schemaVersion: 1,
    id: name,
    version: '1.0.0',
    input: { tensor: input, ...numbers, size: { multipleOf: 1 } },
    outputs: [{ role: 'image', tensor: output, scale, ...numbers }],
    variants: [
      {
        id: 'fp32',
        format,
        precision: 'fp32',
        devices: layers ? ['wasm'] : ['cpu', 'wasm'],
        files: [...files].map(([path, data]) => ({
          path,
          sha256: createHash('sha256').update(data).digest('hex'),
          bytes: data.length,
        })),
      },
    ],
  }
  return { manifest, files: { read: async (path) => files.get(path) } }
}

/** toon without its mask, which not every contestant could give. */
function toonPicture() {
  const model = readModel(readFileSync(new URL('../../models/toon/toon.onnx', import.meta.url)))
  model.graph.outputs = model.graph.outputs.filter(({ name }) => name === 'image')
  return model
}
