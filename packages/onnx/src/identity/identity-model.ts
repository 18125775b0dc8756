import { GraphBuilder, type Size } from '../build/builder.js'
import { OnnxError } from '../error.js'
import type { Model } from '../model/model.js'

/** What an identity model takes and gives. */
export interface IdentitySpec {
  /** Default float32. */
  readonly dtype?: 'float32' | 'float16' | 'uint8'
  /** Default NCHW. */
  readonly layout?: 'NCHW' | 'NHWC'
  /** Default 3. */
  readonly channels?: 1 | 3 | 4
  /** Pixels; without it any width goes. */
  readonly width?: number
  /** Pixels; without it any height goes. */
  readonly height?: number
  /** The input's name; default `input`. */
  readonly input?: string
  /** The output's name; default `output`. */
  readonly output?: string
}

/** Gives a model that returns its picture bit by bit, signed zeros and infinities included. @throws OPTION_INVALID for a value the spec does not allow */
export function identityModel(spec: IdentitySpec): Model {
  const { dtype = 'float32', layout = 'NCHW', channels = 3, width = 'width', height = 'height' } = spec
  const { input = 'input', output = 'output' } = spec
  check('dtype', dtype, ['float32', 'float16', 'uint8'])
  check('layout', layout, ['NCHW', 'NHWC'])
  check('channels', channels, [1, 3, 4])
  for (const size of [width, height])
    if (typeof size === 'number' && !(Number.isSafeInteger(size) && size > 0))
      throw new OnnxError(
        'OPTION_INVALID',
        `A picture cannot be ${size} pixels wide or high; give a whole number above 0.`,
      )
  const dims: Size[] = layout === 'NCHW' ? [1, channels, height, width] : [1, height, width, channels]
  const graph = new GraphBuilder('identity')
  copy(graph, graph.input(input, dtype, dims), dtype, output)
  graph.output(output, dtype, dims)
  return graph.build()
}

/**
 * Adds a node that gives `value` unchanged. Floats are multiplied by 1, which is exact for every number and runs on every device
 * (a 1x1 convolution turns -0 into 0 and spreads infinities over the channels); few devices compute with bytes, so those are passed on.
 */
export function copy(graph: GraphBuilder, value: string, dtype: 'float32' | 'float16' | 'uint8', as: string): string {
  if (dtype === 'uint8') return graph.node('Identity', [value], {}, { as })
  const one = dtype === 'float32' ? Float32Array.of(1) : Uint16Array.of(0x3c00)
  return graph.node('Mul', [value, graph.constant(one, [])], {}, { as })
}

function check(key: string, value: unknown, allowed: readonly unknown[]): void {
  if (!allowed.includes(value))
    throw new OnnxError('OPTION_INVALID', `${key} is ${String(value)}; use one of ${allowed.join(', ')}.`)
}
