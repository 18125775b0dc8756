import { isAxisAligned } from '../affine.js'
import { type AxisSampling, axisSampling, leftSiting, type Run } from '../axis-sampling.js'
import type { Bounds, SamplingPlan } from '../geometry.js'
import type { Affine } from '../types.js'
import { insideSpans } from './spans.js'
import { join, type Part, type Values } from './wgsl/part.js'
import { type Reader, readerPart } from './wgsl/read.js'
import { type Sampling, samplingPart } from './wgsl/sample.js'

/** One picture or tensor of a task: its part of the shader, and the numbers that belong to it. */
export interface Layer {
  readonly part: Part
  readonly values: Values
  readonly usesTables: boolean
}

/** Grows by the words of every layer's tables; offsets into it go into their uniforms. */
export type Tables = number[]

/** How `plan` finds the samples of a picture. */
function samplingOf(plan: SamplingPlan, inside: boolean): Sampling {
  const { exact, kernel, chroma } = plan
  const mode = exact ? 'exact' : isAxisAligned(plan.map) ? 'axes' : kernel === 'area' ? 'nearest' : kernel
  return { mode, chroma, inside }
}

/** Layer `n` of a task: read by `reader`, whose own numbers are `values`, sampled as `plan` says. */
export function layer(
  n: string,
  reader: Reader,
  values: Values,
  plan: SamplingPlan,
  inside: boolean,
  tables: Tables,
): Layer {
  const sampling = samplingOf(plan, inside)
  const half = reader.kind === 'yuv'
  const own = samplingValues(n, plan, sampling, half, tables)
  return {
    part: join(readerPart(n, reader), samplingPart(n, reader, sampling)),
    values: { ...values, ...own },
    usesTables: sampling.mode === 'axes' || (inside && sampling.mode !== 'exact'),
  }
}

const halved = ({ x0, y0, x1, y1 }: Bounds): Bounds => ({
  x0: Math.floor(x0 / 2),
  y0: Math.floor(y0 / 2),
  x1: Math.ceil(x1 / 2),
  y1: Math.ceil(y1 / 2),
})

const inclusive = ({ x0, y0, x1, y1 }: Bounds): readonly number[] => [x0, y0, x1 - 1, y1 - 1]

function samplingValues(
  n: string,
  plan: SamplingPlan,
  { mode, inside }: Sampling,
  half: boolean,
  tables: Tables,
): Values {
  const { map, bounds } = plan
  switch (mode) {
    case 'exact': {
      const [a, b, c, d, e, f] = map
      return {
        [`${n}_map`]: [a, b, d, e],
        [`${n}_shift`]: [Math.floor((a + b) / 2 + c), Math.floor((d + e) / 2 + f)],
        [`${n}_bounds`]: inclusive(bounds),
        [`${n}_half_bounds`]: inclusive(halved(bounds)),
      }
    }
    case 'axes':
      return {
        [`${n}_full_axes`]: axesTables(axisSampling(plan, 'full')!, plan, tables),
        ...(half && { [`${n}_half_axes`]: axesTables(axisSampling(plan, 'half')!, plan, tables) }),
      }
    case 'nearest':
    case 'bilinear':
    case 'bicubic': {
      const shift = plan.chroma === 'linear' ? leftSiting : 0
      const [a, b, c, d, e, f] = map
      const halfMap: Affine = [a / 2, b / 2, c / 2 + shift, d / 2, e / 2, f / 2]
      return {
        ...affineValues(`${n}_full`, map, bounds),
        ...(half && affineValues(`${n}_half`, halfMap, halved(bounds))),
        ...(inside && { [`${n}_spans`]: [appended(insideSpans(plan), tables)] }),
      }
    }
    default:
      return mode satisfies never
  }
}

/** Where the numbers begin that were put at the end. */
function appended(numbers: readonly number[], tables: Tables): number {
  const start = tables.length
  for (const number of numbers) tables.push(number)
  return start
}

/** Appends the entries of all columns, then of all rows; gives where they begin and how long an entry is. */
function axesTables({ columns, rows }: AxisSampling, plan: SamplingPlan, tables: Tables): readonly number[] {
  const { map, bounds } = plan
  const [first, columnWords] = axisTable(columns, tables, (i) => {
    const x = map[0] * (i + 0.5) + map[2]
    return x < bounds.x0 || x >= bounds.x1
  })
  const [second, rowWords] = axisTable(rows, tables, (i) => {
    const y = map[4] * (i + 0.5) + map[5]
    return y < bounds.y0 || y >= bounds.y1
  })
  return [first, second, columnWords, rowWords]
}

function axisTable(runs: readonly Run[], tables: Tables, outside: (i: number) => boolean): readonly [number, number] {
  const start = tables.length
  const words = 2 + runs.reduce((most, { weights }) => Math.max(most, weights.length), 1)
  runs.forEach(({ first, weights }, i) => {
    const at = start + i * words
    tables[at] = first
    tables[at + 1] = weights.length + (outside(i) ? 0x80000000 : 0)
    for (let j = 0; j + 2 < words; j++) tables[at + 2 + j] = floatBits(weights[j] ?? 0)
  })
  return [start, words]
}

const scratch = new DataView(new ArrayBuffer(4))

function floatBits(value: number): number {
  scratch.setFloat32(0, value)
  return scratch.getUint32(0)
}

/** Whole pixels and parts of 2^-32 of a map, such that target pixel (x, y) is at `x a + y b + c` from the first sample's centre. */
function affineValues(n: string, [a, b, c, d, e, f]: Affine, bounds: Bounds): Values {
  const [xWhole, xRest] = fixed([a, b, c + (a + b) / 2 - 0.5])
  const [yWhole, yRest] = fixed([d, e, f + (d + e) / 2 - 0.5])
  return {
    [`${n}_x_whole`]: xWhole,
    [`${n}_x_rest`]: xRest,
    [`${n}_y_whole`]: yWhole,
    [`${n}_y_rest`]: yRest,
    [`${n}_bounds`]: inclusive(bounds),
  }
}

// Far outside any picture, and small enough that 32 bits tell so.
const far = 2 ** 30

function fixed(numbers: readonly number[]): readonly [whole: number[], rest: number[]] {
  const parts = numbers.map((number) => {
    const limited = Math.min(far, Math.max(-far, number))
    const whole = Math.floor(limited)
    const rest = Math.round((limited - whole) * 2 ** 32)
    return rest === 2 ** 32 ? [whole + 1, 0] : [whole, rest]
  })
  return [parts.map(([whole]) => whole!), parts.map(([, rest]) => rest!)]
}
