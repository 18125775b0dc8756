import { float16ToNumber, type IoSpec, type Tensor } from '@i2i/core'
import { round } from '../doctor/color-models.js'
import { finding } from '../doctor/findings.js'
import { toDiagnosis } from '../doctor/messages.js'
import type { Diagnosis } from '../doctor/types.js'
import { applyProbeModel, type ProbeModel } from './probe-model.js'
import type { LinkRun } from './run-link.js'

/** Holds what the runtime computed against plain arithmetic on what it was fed: feeds and fetches that are mixed up show here. */
export async function judgeModel(run: LinkRun, io: IoSpec, model: ProbeModel): Promise<readonly Diagnosis[]> {
  const picture = io.inputs.find(({ binding }) => binding)
  const target = io.outputs.find(
    ({ role, binding, scale }) => role === 'image' && sameNumbers(binding, picture?.binding) && (scale ?? 1) === 1,
  )
  const [fed, given] = [picture && run.modelInput.get(picture.name), target && run.modelOutput.get(target.name)]
  if (!picture?.binding || !fed || !given) return []
  const { layout } = picture.binding
  const [height = 0, width = 0] = layout === 'NCHW' ? fed.dims.slice(2) : fed.dims.slice(1)
  const expected = applyProbeModel(numbers(fed), { width, height, layout }, model)
  const actual = numbers(given)
  let worst = 0
  let reach = 1
  for (let i = 0; i < expected.length; i++) {
    const error = Math.abs(expected[i]! - (actual[i] ?? Number.NaN))
    worst = Number.isNaN(error) ? Number.POSITIVE_INFINITY : Math.max(worst, error)
    reach = Math.max(reach, Math.abs(expected[i]!))
  }
  // Runtimes may round float32 to float16 or bfloat16 on their way: one part in 128 is beyond any of them.
  if (worst <= reach / 128) return []
  return [toDiagnosis([finding('UNEXPLAINED', { error: round(worst), stage: 'model', of: 'tensor values' })], worst)]
}

function sameNumbers(a: IoSpec['outputs'][number]['binding'], b: IoSpec['outputs'][number]['binding']): boolean {
  const key = (binding: typeof a): string =>
    JSON.stringify([binding?.layout, binding?.dtype, binding?.channels, binding?.mean ?? 0, binding?.std ?? 1])
  return a !== undefined && key(a) === key(b)
}

function numbers(tensor: Tensor): Float64Array {
  if (tensor.location !== 'cpu') return new Float64Array()
  const half = tensor.dtype === 'float16'
  return Float64Array.from(tensor.data, (value: number | bigint) =>
    half ? float16ToNumber(Number(value)) : Number(value),
  )
}
