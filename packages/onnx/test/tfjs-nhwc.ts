import type { GraphBuilder } from '../src/index.js'

/** An average pool of one pixel, which changes nothing but brings its input into NHWC. */
export function pixelwise(graph: GraphBuilder, x: string): string {
  return graph.node('AveragePool', [x], { kernel_shape: [1, 1] })
}
