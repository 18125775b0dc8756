import type { DumpStage, Variant } from '@i2i/core'
import { compareTensors, type TensorComparison } from '../tensors/compare.js'
import { exact, type Gate, gateFor } from '../tensors/tolerance.js'
import { statisticsApart } from './statistics.js'
import { type Dump, type DumpCall, type DumpTensor, stages } from './types.js'

/**
 * What became of one stage: bit for bit the same, within the gate, beyond it, on one side only, or not to be told (redacted, with
 * statistics that are close).
 */
export type StageVerdict = 'identical' | 'close' | 'differs' | 'missing' | 'unknown'

/** One array of a stage beside its counterpart. */
export interface ArrayComparison {
  readonly name: string
  /** `y`, `u`, ... for planes of YUV pictures. */
  readonly plane?: string
  readonly verdict: StageVerdict
  /** One sentence. */
  readonly reason: string
  readonly gate: Gate
  /** Absent where the arrays could not be compared number by number. */
  readonly comparison?: TensorComparison
}

/** One stage of one call. */
export interface StageComparison {
  readonly stage: DumpStage
  readonly verdict: StageVerdict
  readonly arrays: readonly ArrayComparison[]
}

/** One call beside its counterpart. */
export interface CallComparison {
  readonly a: string
  readonly b: string
  readonly stages: readonly StageComparison[]
  /** Steps from picture to tensor that the two calls state differently: `mean: [0.5] against [0.485]`. */
  readonly stated: readonly string[]
  /** The first stage that differs or is on one side only. */
  readonly firstDivergence?: DumpStage
}

/** Two dumps, call by call. */
export interface DumpComparison {
  readonly equal: boolean
  /** One sentence. */
  readonly verdict: string
  /** The first stage that differs in the first call that does. */
  readonly firstDivergence?: DumpStage
  readonly calls: readonly CallComparison[]
  /** Calls of a and b that have no counterpart. */
  readonly unpaired: readonly [number, number]
}

/** What dumps are held to. */
export interface CompareDumpsOptions {
  /** For the model's output; default by the variant's precision, and wider where runtime or device differ. */
  gate?: Gate
}

// Assumed layers between input and output, over which fp32 rounding adds up: a dump does not hold the graph.
const assumedDepth = 64

/**
 * Compares two dumps call by call in the order they were made, and walks the four stages of each. While a stage and all before it are
 * identical the next one has to be too, if the same engine or runtime made it; after a difference within the gate 8-bit numbers may be one step off.
 * @throws DUMP_INVALID when data cannot be read
 */
export async function compareDumps(a: Dump, b: Dump, options: CompareDumpsOptions = {}): Promise<DumpComparison> {
  const pairs = Math.min(a.calls.length, b.calls.length)
  const calls: CallComparison[] = []
  for (let i = 0; i < pairs; i++) calls.push(await compareCalls(a.calls[i]!, b.calls[i]!, gatesOf(a, b, options)))
  const unpaired = [a.calls.length - pairs, b.calls.length - pairs] as const
  const diverging = calls.find(({ firstDivergence }) => firstDivergence)
  const equal = pairs > 0 && !diverging && unpaired[0] === unpaired[1]
  return {
    equal,
    verdict: verdictOf(calls, diverging, unpaired),
    ...(diverging?.firstDivergence && { firstDivergence: diverging.firstDivergence }),
    calls,
    unpaired,
  }
}

function statedDifferences(a: unknown, b: unknown): string[] {
  const [left, right] = [a, b].map((value) => (value ?? {}) as Readonly<Record<string, unknown>>)
  return Object.keys({ ...left, ...right }).flatMap((key) => {
    const [one, other] = [JSON.stringify(left?.[key]) ?? 'not said', JSON.stringify(right?.[key]) ?? 'not said']
    return one === other ? [] : [`${key}: ${one} against ${other}`]
  })
}

interface Gates {
  readonly sameEngine: boolean
  readonly sameRuntime: boolean
  readonly model: Gate
}

function gatesOf(a: Dump, b: Dump, { gate }: CompareDumpsOptions): Gates {
  const same = (key: string) => JSON.stringify(a.run[key]) === JSON.stringify(b.run[key])
  const sameRuntime = ['backend', 'device', 'versions'].every(same)
  const order: readonly Variant['precision'][] = ['int8', 'fp16', 'fp32']
  const coarsest = order.find((precision) => precisionOf(a) === precision || precisionOf(b) === precision) ?? 'fp32'
  const usual = gateFor(coarsest, { acrossBackends: !sameRuntime, depth: assumedDepth })
  return { sameEngine: same('engine'), sameRuntime, model: gate ?? usual }
}

function precisionOf({ run }: Dump): unknown {
  const { variant } = (run['model'] ?? {}) as { variant?: { precision?: unknown } }
  return variant?.precision
}

async function compareCalls(a: DumpCall, b: DumpCall, gates: Gates): Promise<CallComparison> {
  const compared: StageComparison[] = []
  for (const stage of stages) {
    const identicalSoFar = compared.every(({ verdict }) => verdict === 'identical')
    const comparison = await compareStage(stage, a, b, (dtype) => gateOf(stage, dtype, gates, identicalSoFar))
    if (comparison) compared.push(comparison)
  }
  const first = compared.find(({ verdict }) => verdict === 'differs' || verdict === 'missing')
  const stated = statedDifferences(a.about['exact'], b.about['exact'])
  return { a: a.name, b: b.name, stages: compared, stated, ...(first && { firstDivergence: first.stage }) }
}

function gateOf(stage: DumpStage, dtype: string, gates: Gates, identicalSoFar: boolean): Gate {
  const { sameEngine, model } = gates
  if (stage === 'sdkInput') return exact
  if (stage === 'modelOutput') return dtype.startsWith('float') ? model : { rtol: 0, atol: 1 }
  if (identicalSoFar && sameEngine) return exact
  if (!dtype.startsWith('float')) return { rtol: 0, atol: 1 }
  return dtype === 'float16' ? { rtol: 1e-3, atol: 1e-3 } : { rtol: 1e-5, atol: 1e-5 }
}

async function compareStage(
  stage: DumpStage,
  a: DumpCall,
  b: DumpCall,
  gate: (dtype: string) => Gate,
): Promise<StageComparison | undefined> {
  const [left, right] = [a, b].map(({ tensors }) => tensors.filter((tensor) => tensor.stage === stage)) as [
    DumpTensor[],
    DumpTensor[],
  ]
  if (left.length + right.length === 0) return undefined
  const arrays: ArrayComparison[] = []
  for (const one of left) {
    const other = right.find((candidate) => keyOf(candidate) === keyOf(one))
    arrays.push({ ...named(one), ...(await compareArrays(one, other, gate(one.dtype))) })
  }
  for (const other of right) {
    if (left.some((candidate) => keyOf(candidate) === keyOf(other))) continue
    arrays.push({ ...named(other), gate: gate(other.dtype), verdict: 'missing', reason: 'is in the second dump alone' })
  }
  const worst = (['differs', 'missing', 'unknown', 'close'] as const).find((verdict) =>
    arrays.some((array) => array.verdict === verdict),
  )
  return { stage, verdict: worst ?? 'identical', arrays }
}

type Outcome = Omit<ArrayComparison, 'name' | 'plane'>

async function compareArrays(a: DumpTensor, b: DumpTensor | undefined, gate: Gate): Promise<Outcome> {
  if (!b) return { gate, verdict: 'missing', reason: 'is in the first dump alone' }
  const unlike = unlikeness(a, b)
  if (unlike) return { gate, verdict: 'differs', reason: unlike }
  const sameBits = a.sha256 === b.sha256 && a.dtype === b.dtype
  if (!a.read || !b.read) {
    if (sameBits) return { gate, verdict: 'identical', reason: 'the same numbers by their hash' }
    return redactedOutcome(a, b, gate)
  }
  const comparison = compareTensors(await a.read(), await b.read(), 'rtol' in gate ? gate : exact)
  if (comparison.identical) return { gate, comparison, verdict: 'identical', reason: 'the same numbers' }
  const within = 'rtol' in gate ? comparison.equal : psnrOf(comparison, a) >= gate.minPsnr
  return { gate, comparison, verdict: within ? 'close' : 'differs', reason: sizeOf(comparison) }
}

function redactedOutcome(a: DumpTensor, b: DumpTensor, gate: Gate): Outcome {
  const equality = 'rtol' in gate && gate.rtol === 0 && gate.atol === 0
  if (equality) return { gate, verdict: 'differs', reason: 'other numbers by their hash (redacted)' }
  const apart = statisticsApart(a.statistics, b.statistics, gate)
  const reason = apart
    ? `other numbers by their statistics (redacted): ${apart}`
    : 'other numbers by their hash, with statistics within the tolerance (redacted)'
  // The same numbers in another order have such statistics too.
  return { gate, verdict: apart ? 'differs' : 'unknown', reason }
}

// Numbers of another meaning are not compared, even where they are equal.
function unlikeness(a: DumpTensor, b: DumpTensor): string | undefined {
  const pixels = ({ image }: DumpTensor) =>
    image &&
    `${image.format} ${image.width}x${image.height} ${image.colorSpace.matrix} ${image.colorSpace.fullRange ? 'full' : 'limited'} range`
  if (a.dims.join() !== b.dims.join()) return `[${a.dims.join(', ')}] against [${b.dims.join(', ')}]`
  if (pixels(a) !== pixels(b)) return `${pixels(a)} against ${pixels(b)}`
  return undefined
}

// Full scale of a model's output is what it spans, which need not be 1.
function psnrOf({ rmse }: TensorComparison, { statistics: { min, max } }: DumpTensor): number {
  return 20 * Math.log10((max - min || 1) / rmse)
}

function sizeOf({ maxAbs, outside, psnr, peak }: TensorComparison): string {
  const far = `at most ${Number(maxAbs.toPrecision(3))} apart, PSNR ${psnr.toFixed(1)} dB (peak ${peak})`
  return outside === 0 ? far : `${far}; ${outside} numbers outside the tolerance`
}

function named({ name, image }: DumpTensor): { name: string; plane?: string } {
  return { name, ...(image?.plane && { plane: image.plane }) }
}

function keyOf({ name, image }: DumpTensor): string {
  return `${name}/${image?.plane ?? ''}`
}

function verdictOf(
  calls: readonly CallComparison[],
  diverging: CallComparison | undefined,
  [onlyA, onlyB]: readonly [number, number],
): string {
  if (calls.length === 0) return 'There is no call to compare.'
  if (diverging) {
    const which = calls.length === 1 ? '' : ` in call ${diverging.a}`
    const clean = stages.slice(0, stages.indexOf(diverging.firstDivergence!))
    const before = clean.length > 0 ? `; ${clean.join(', ')} ${clean.length === 1 ? 'agrees' : 'agree'}` : ''
    return `The dumps diverge first at ${diverging.firstDivergence}${which}${before}.`
  }
  if (onlyA !== onlyB)
    return `The ${calls.length === 1 ? 'call in both agrees' : `${calls.length} calls in both agree`}, but one dump has ${Math.abs(onlyA - onlyB)} more.`
  const all = calls.flatMap((call) => call.stages)
  if (all.some(({ verdict }) => verdict === 'unknown'))
    return 'Nothing that could be compared differs; redacted stages have other numbers, with statistics within tolerance.'
  const identical = all.every(({ verdict }) => verdict === 'identical')
  const what = calls.length === 1 ? 'The call is' : `${calls.length === 2 ? 'Both' : `All ${calls.length}`} calls are`
  return identical ? `${what} identical in every stage.` : `${what} equal within tolerance in every stage.`
}
