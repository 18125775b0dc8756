import { float16FromNumber, type IoSpec, type PixelBinding, type Tensor } from '@i2i/core'
import { round } from '../doctor/color-models.js'
import { diagnose } from '../doctor/diagnose.js'
import { finding } from '../doctor/findings.js'
import { toDiagnosis } from '../doctor/messages.js'
import type { Diagnosis } from '../doctor/types.js'
import { numbersOf } from '../tensors/numbers.js'
import { applyProbeModel, type ProbeModel, undoProbeModel } from './probe-model.js'
import type { LinkRun } from './run-link.js'
import { tensorPicture } from './tensor-picture.js'

/** What is wrong with what a runtime computed, and on which side of the model; no diagnosis where nothing is. */
export interface ModelJudgement {
  readonly half: 'before' | 'after'
  readonly diagnosis?: Diagnosis
}

/**
 * Holds what the runtime computed against plain arithmetic on what it was fed: feeds and fetches that are mixed up show here. A model
 * that can be undone tells them apart: the fault that explains its input as the runtime saw it, or the one that explains its output.
 */
export async function judgeModel(run: LinkRun, io: IoSpec, model: ProbeModel): Promise<ModelJudgement> {
  const picture = io.inputs.find(({ binding }) => binding)
  const target = io.outputs.find(
    ({ role, binding, scale }) => role === 'image' && sameNumbers(binding, picture?.binding) && (scale ?? 1) === 1,
  )
  const [fed, given] = [picture && run.modelInput.get(picture.name), target && run.modelOutput.get(target.name)]
  if (!picture?.binding || !fed || !given) return { half: 'after' }
  const { binding } = picture
  const [height = 0, width = 0] = binding.layout === 'NCHW' ? fed.dims.slice(2) : fed.dims.slice(1)
  const shape = { width, height, layout: binding.layout }
  const [sent, actual] = [numbers(fed), numbers(given)]
  const expected = applyProbeModel(sent, shape, model)
  const worst = worstOf(expected, actual)
  if (!Number.isNaN(worst) && worst <= reachOf(expected) / 128) return { half: 'after' }
  const as = (values: Float64Array) => tensorPicture(tensorOf(values, fed, binding), binding)
  const undone = actual.length === sent.length ? undoProbeModel(actual, sent, shape, model) : undefined
  if (undone) {
    const after = await diagnose(await as(expected), await as(actual))
    // Notes would be about the column that could not be undone.
    const before = faultsAlone(await diagnose(await as(sent), await as(undone)))
    if (explains(before) && (!explains(after) || before.faults.length < faultsAlone(after).faults.length))
      return { half: 'before', diagnosis: before }
    if (explains(after)) return { half: 'after', diagnosis: after }
  }
  const evidence = { error: round(worst), stage: 'model', of: 'tensor values' }
  return { half: 'after', diagnosis: toDiagnosis([finding('UNEXPLAINED', evidence)], worst) }
}

function worstOf(expected: Float64Array, actual: Float64Array): number {
  let worst = 0
  for (let i = 0; i < expected.length; i++) {
    const error = Math.abs(expected[i]! - (actual[i] ?? Number.NaN))
    worst = Number.isNaN(error) ? Number.POSITIVE_INFINITY : Math.max(worst, error)
  }
  return worst
}

// Runtimes may round float32 to float16 or bfloat16 on their way: one part in 128 of this is beyond any of them.
function reachOf(expected: Float64Array): number {
  return expected.reduce((reach, value) => Math.max(reach, Math.abs(value)), 1)
}

function explains({ faithful, faults }: Diagnosis): boolean {
  return !faithful && faults.every(({ code }) => code !== 'UNEXPLAINED')
}

function faultsAlone({ faithful, faults, residual }: Diagnosis): Diagnosis {
  return { faithful, faults: faults.filter(({ severity }) => severity === 'fault'), residual }
}

function sameNumbers(a: PixelBinding | undefined, b: PixelBinding | undefined): boolean {
  const key = (binding: PixelBinding | undefined): string =>
    JSON.stringify([binding?.layout, binding?.dtype, binding?.channels, binding?.mean ?? 0, binding?.std ?? 1])
  return a !== undefined && key(a) === key(b)
}

function numbers(tensor: Tensor): Float64Array {
  return tensor.location === 'cpu' ? Float64Array.from(numbersOf(tensor.data, tensor.dtype)) : new Float64Array()
}

function tensorOf(values: Float64Array, { dims }: Tensor, { dtype }: PixelBinding): Tensor {
  if (dtype === 'float32') return { dtype, dims, location: 'cpu', data: Float32Array.from(values) }
  if (dtype === 'float16') return { dtype, dims, location: 'cpu', data: Uint16Array.from(values, float16FromNumber) }
  return { dtype, dims, location: 'cpu', data: new Uint8Array(Uint8ClampedArray.from(values)) }
}
