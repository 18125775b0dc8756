import {
  type Backend,
  type Device,
  I2iError,
  isI2iError,
  type ModelBytes,
  type Session,
  type Tensor,
  tensorStatistics,
} from '@i2i/core'
import { type Model, readModel, writeModel } from '@i2i/onnx'
import { compareTensors, type TensorComparison } from '../tensors/compare.js'
import type { Tolerance } from '../tensors/tolerance.js'
import { exposing, type Intermediate, intermediatesOf, nodeLabel } from './expose.js'
import { type AlteredNode, alteredNodes } from './weights.js'

/** One of the two that are compared: a model on a backend. */
export interface BisectSide {
  /** An ONNX file's bytes, or a model of several files. */
  readonly model: Uint8Array | ModelBytes
  readonly backend: Backend
  readonly device?: Device
}

/** What to compare, on which input. */
export interface BisectOptions {
  /** The side in question. */
  readonly a: BisectSide
  /** The side that is trusted. */
  readonly b: BisectSide
  /** The model's inputs by name: the `modelInput` stage of a dump, for example. */
  readonly feeds: Readonly<Record<string, Tensor>>
  /** What every value is held to; default 1e-3 of it and of the largest (1e-5 on one runtime, 1e-2 where one is float16). */
  readonly tolerance?: Tolerance
  /** Values exposed at a time, which bounds memory; default 32. */
  readonly chunk?: number
  readonly signal?: AbortSignal
}

/** A node, and how far its result lies from the other side's. */
export interface DivergingNode {
  /** Its name, or operator and result where it has none. */
  readonly node: string
  readonly op: string
  /** The value that differs. */
  readonly tensor: string
  /** Place among the graph's nodes. */
  readonly position: number
  readonly comparison: TensorComparison
  /** Weights of the node that differ between the two models. */
  readonly weights: readonly string[]
}

/** What bisect() found. */
export interface Bisection {
  /** No value diverges, and no weight differs. */
  readonly equal: boolean
  /** One sentence. */
  readonly verdict: string
  /** The first node in topological order whose result differs; absent when none does. */
  readonly first?: DivergingNode
  /** Nodes whose weights differ between the two models, whether or not this input shows it. */
  readonly altered: readonly AlteredNode[]
  /** Values compared up to there. */
  readonly compared: number
  /** Values that could not be compared, with the reason. */
  readonly skipped: readonly { readonly tensor: string; readonly reason: string }[]
  /** Largest difference of each value compared, in topological order. */
  readonly trace: readonly {
    readonly tensor: string
    readonly node: string
    readonly op: string
    readonly maxAbs: number
    readonly share: number
  }[]
}

/**
 * Names the first graph node whose result differs between two backends, two devices, or two models that name their values alike. All
 * intermediate values are exposed, some at a time, and compared in topological order; fused kernels come apart by that, so a difference
 * that only fusion makes does not show.
 * @throws OPTION_INVALID when the models share no value, MODEL_UNSUPPORTED, SHAPE_MISMATCH, BACKEND_UNAVAILABLE
 */
export async function bisect(options: BisectOptions): Promise<Bisection> {
  const { a, b, tolerance, chunk = 32, signal } = options
  const [left, right] = [opened(a), opened(b)]
  const sameRuntime = a.backend.name === b.backend.name && a.device === b.device
  const values = intermediatesOf(left.graph)
  const others = new Set(intermediatesOf(right.graph).map(({ tensor }) => tensor))
  const shared = values.filter(({ tensor }) => others.has(tensor))
  if (shared.length === 0) throw strangers(left.graph, right.graph)
  const skipped = values
    .filter(({ tensor }) => !others.has(tensor))
    .map(({ tensor }) => ({ tensor, reason: 'the other model has no value of this name' }))
  const altered = alteredNodes(shared, left.graph, right.graph)
  const trace: Bisection['trace'][number][] = []
  for (let start = 0; start < shared.length; start += chunk) {
    signal?.throwIfAborted()
    const part = shared.slice(start, start + chunk)
    for (const { value, x, y, reason } of await valuesOf(part, [left, right], options)) {
      const why = reason ?? incomparable(x, y)
      if (!x || !y || why) {
        skipped.push({ tensor: value.tensor, reason: why ?? 'the runtime did not give it' })
        continue
      }
      const comparison = compareTensors(x, y, tolerance ?? relative(x, y, sameRuntime))
      trace.push(traced(value, comparison, y))
      if (!comparison.equal) {
        return found(value, comparison, altered, trace, skipped)
      }
    }
  }
  if (trace.length === 0) throw blind(skipped)
  const equal = altered.length === 0
  return { equal, verdict: unshown(altered, trace.length), altered, compared: trace.length, skipped, trace }
}

interface Opened {
  readonly bytes: ModelBytes
  readonly graph: Model
}

function opened({ model }: BisectSide): Opened {
  const bytes =
    model instanceof Uint8Array
      ? { format: 'onnx', entry: 'model.onnx', files: new Map([['model.onnx', model]]) }
      : model
  const graph = bytes.files.get(bytes.entry)
  if (bytes.format === 'onnx' && graph) return { bytes, graph: readModel(graph) }
  throw new I2iError(
    'MODEL_UNSUPPORTED',
    `bisect() reads ONNX graphs, and not "${bytes.format}"; export the model to ONNX`,
  )
}

interface Pair {
  readonly value: Intermediate
  readonly x?: Tensor | undefined
  readonly y?: Tensor | undefined
  /** Why there is none. */
  readonly reason?: string
}

/** Both sides' values. One that a runtime cannot hand out spoils the whole session, so that the rest is tried without it. */
async function valuesOf(
  part: readonly Intermediate[],
  sides: readonly [Opened, Opened],
  options: BisectOptions,
): Promise<Pair[]> {
  const { a, b, feeds, signal } = options
  try {
    const one = await computed(sides[0], a, part, feeds, signal)
    const other = await computed(sides[1], b, part, feeds, signal)
    return part.map((value) => ({ value, x: one[value.tensor], y: other[value.tensor] }))
  } catch (error) {
    if (!isI2iError(error, 'MODEL_UNSUPPORTED')) throw error
    if (part.length === 1) return part.map((value) => ({ value, reason: error.message }))
    const half = part.length >> 1
    const first = await valuesOf(part.slice(0, half), sides, options)
    return [...first, ...(await valuesOf(part.slice(half), sides, options))]
  }
}

async function computed(
  { bytes, graph }: Opened,
  { backend, device }: BisectSide,
  part: readonly Intermediate[],
  feeds: Readonly<Record<string, Tensor>>,
  signal: AbortSignal | undefined,
): Promise<Record<string, Tensor>> {
  const exposed = writeModel(
    exposing(
      graph,
      part.map(({ tensor }) => tensor),
    ),
  )
  const files = new Map(bytes.files).set(bytes.entry, exposed)
  const options = { ...(device && { device }), ...(signal && { signal }) }
  await using session = await backend.openSession({ ...bytes, files }, options)
  const results = await session.run(fitting(session, feeds), signal ? { signal } : {})
  const onCpu: Record<string, Tensor> = {}
  for (const [name, tensor] of Object.entries(results)) onCpu[name] = await read(tensor)
  return onCpu
}

// A model that ends early may take fewer inputs than it was made with.
function fitting({ inputs }: Session, feeds: Readonly<Record<string, Tensor>>): Record<string, Tensor> {
  return Object.fromEntries(Object.entries(feeds).filter(([name]) => inputs.some((input) => input.name === name)))
}

async function read(tensor: Tensor): Promise<Tensor> {
  if (tensor.location === 'cpu') return tensor
  const { dtype, dims } = tensor
  const data = await tensor.read()
  tensor.dispose()
  return { dtype, dims, location: 'cpu', data }
}

function incomparable(a: Tensor | undefined, b: Tensor | undefined): string | undefined {
  if (!a || !b || a.dims.join() === b.dims.join()) return undefined
  return `shapes differ: [${a.dims.join(', ')}] against [${b.dims.join(', ')}]`
}

// Values inside a network have any scale: what counts is the difference against the largest of them.
function relative(a: Tensor, reference: Tensor, sameRuntime: boolean): Tolerance {
  const half = a.dtype === 'float16' || reference.dtype === 'float16'
  const share = half ? 1e-2 : sameRuntime ? 1e-5 : 1e-3
  return { rtol: share, atol: share * Math.min(1, largest(reference)) }
}

function largest(tensor: Tensor): number {
  if (tensor.location !== 'cpu') return 0
  const { min, max } = tensorStatistics(tensor.data, tensor.dtype)
  return Math.max(Math.abs(min), Math.abs(max)) || 0
}

function traced({ tensor, node }: Intermediate, { maxAbs }: TensorComparison, reference: Tensor) {
  const scale = largest(reference)
  return { tensor, node: nodeLabel(node), op: node.opType, maxAbs, share: scale > 0 ? maxAbs / scale : maxAbs }
}

function found(
  { node, tensor, position }: Intermediate,
  comparison: TensorComparison,
  altered: readonly AlteredNode[],
  trace: Bisection['trace'],
  skipped: Bisection['skipped'],
): Bisection {
  const label = nodeLabel(node)
  const weights = altered.find((one) => one.tensor === tensor)?.weights ?? []
  const because = weights.length > 0 ? ` Its weights differ: ${weights.join(', ')}.` : ''
  const verdict = `The first node that diverges is ${label} (${node.opType}, value "${tensor}"): at most ${Number(comparison.maxAbs.toPrecision(3))} apart, with equal inputs.${because}`
  const first = { node: label, op: node.opType, tensor, position, comparison, weights }
  return { equal: false, verdict, first, altered, compared: trace.length, skipped, trace }
}

function unshown([first, ...more]: readonly AlteredNode[], compared: number): string {
  if (!first) return `No node diverges: ${compared} values are equal within the tolerance.`
  const others = more.length > 0 ? `, and those of ${more.length} more nodes` : ''
  return `The weights of ${first.node} (${first.weights.join(', ')}) differ${others}, though no value does on this input.`
}

function blind(skipped: Bisection['skipped']): I2iError {
  return new I2iError('MODEL_UNSUPPORTED', `no value could be compared; the first: ${skipped[0]?.reason}`, {
    details: { skipped },
  })
}

function strangers(a: Model, b: Model): I2iError {
  const some = (model: Model) =>
    intermediatesOf(model)
      .slice(0, 3)
      .map(({ tensor }) => `"${tensor}"`)
      .join(', ')
  return new I2iError(
    'OPTION_INVALID',
    `the two models have no value of one name (${some(a)}... against ${some(b)}...); export both by the same exporter`,
  )
}
