import { describe, expect, it } from 'vitest'
import { GraphBuilder, inspectModel, readModel } from '../src/index.js'
import { fileBytes } from './support.js'

describe('inspectModel', () => {
  it('finds everything in a model that has everything', () => {
    const found = inspectModel(readModel(fileBytes('fixtures/every-field.onnx')))
    expect(found).toMatchObject({
      opset: 17,
      irVersion: 10,
      producer: 'p 1',
      domains: { 'ai.onnx': 17, my: 1 },
      operators: { 'my.Everything': 1, If: 1, Relu: 5 },
      externalFiles: ['weights.bin'],
      outputs: [{ name: 'y', dtype: 'float32', dims: ['...'] }],
    })
    expect(found.inputs).toEqual([
      { name: 'x', dtype: 'float32', dims: ['n', 3, '?', 4] },
      { name: 'seq', dtype: 'sequence', dims: ['...'] },
      { name: 'map', dtype: 'map', dims: ['...'] },
      { name: 'opt', dtype: 'optional', dims: ['...'] },
      { name: 'sparse_in', dtype: 'float32', dims: [16] },
      { name: 'scalar', dtype: 'float32', dims: [] },
      { name: 'opaque', dtype: 'unknown', dims: ['...'] },
    ])
    // 32 tensors of three, complex64 and strings of two, 1000 elsewhere, 4 in a segment, 2 sparse values.
    expect(found.parameters).toBe(32 * 3 + 2 + 2 + 1000 + 4 + 2)
    expect(() => JSON.stringify(found)).not.toThrow()
  })

  it('toon', () => {
    const bytes = fileBytes('../../../models/toon/toon.onnx')
    const found = inspectModel(readModel(bytes))
    expect(found.inputs).toHaveLength(1)
    expect(found.inputs[0]?.dtype).toBe('float32')
    expect(found.operators['Conv']).toBeGreaterThan(5)
    expect(found.weightBytes).toBeLessThan(bytes.length)
    expect(found.weightBytes).toBeGreaterThan(bytes.length * 0.9)
    expect(found.parameters * 4).toBeCloseTo(found.weightBytes, -3)
  })

  it('weights that old files list among the inputs are no inputs', () => {
    const graph = new GraphBuilder()
    graph.input('x', 'float32', [])
    const model = graph.build()
    model.graph.inputs.push({ ...model.graph.inputs[0]!, name: 'w' })
    graph.constant(Float32Array.of(1), [1], { name: 'w' })
    expect(inspectModel(model).inputs.map(({ name }) => name)).toEqual(['x'])
  })
})
