import { describe, test } from 'vitest'
import type { AttributeValue } from '../src/index.js'
import { type Case, expectSame } from './tfjs-run.js'

function pool(op: string, attributes: Readonly<Record<string, AttributeValue>>, size = [7, 9], symbolic = true): Case {
  return { dims: [2, 3, ...size], symbolic, opset: 19, build: (graph, x) => graph.node(op, [x], attributes) }
}

describe.each(['MaxPool', 'AveragePool'])('%s', (op) => {
  const kernel_shape = [3, 2]
  const cases: Readonly<Record<string, Case>> = {
    plain: pool(op, { kernel_shape }),
    'stride 2': pool(op, { kernel_shape: [2, 2], strides: [2, 2] }),
    padded: pool(op, { kernel_shape, strides: [2, 2], pads: [1, 0, 1, 1] }),
    'padded on one side': pool(op, { kernel_shape, pads: [0, 1, 0, 0] }),
    ceil_mode: pool(op, { kernel_shape: [3, 3], strides: [2, 2], ceil_mode: 1 }, [8, 6]),
    'ceil_mode, 2x2': pool(op, { kernel_shape: [2, 2], strides: [2, 2], ceil_mode: 1 }),
    'ceil_mode, padded': pool(op, { kernel_shape: [3, 3], strides: [2, 2], pads: [1, 1, 1, 1], ceil_mode: 1 }, [8, 6]),
    'ceil_mode, window beyond the end': pool(
      op,
      { kernel_shape: [2, 2], strides: [3, 3], pads: [1, 1, 1, 1], ceil_mode: 1 },
      [5, 6],
      false,
    ),
    'auto_pad SAME_UPPER': pool(op, { kernel_shape: [3, 3], strides: [2, 2], auto_pad: 'SAME_UPPER' }, [8, 7]),
    'auto_pad SAME_LOWER': pool(op, { kernel_shape: [2, 2], auto_pad: 'SAME_LOWER' }),
  }
  test.each(Object.entries(cases))('%s', async (_, it) => {
    await expectSame(it)
  })
})

describe('AveragePool with count_include_pad', () => {
  test.each([
    ['padded', pool('AveragePool', { kernel_shape: [3, 3], pads: [1, 1, 1, 1], count_include_pad: 1 })],
    [
      'ceil_mode',
      pool(
        'AveragePool',
        { kernel_shape: [3, 3], strides: [2, 2], pads: [1, 1, 1, 1], count_include_pad: 1, ceil_mode: 1 },
        [8, 6],
      ),
    ],
  ])('%s', async (_, it) => {
    await expectSame(it)
  })
})

test.each(['GlobalAveragePool', 'GlobalMaxPool'])('%s', async (op) => {
  await expectSame(pool(op, {}))
})
