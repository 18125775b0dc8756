import { type I2iErrorCode, isI2iError } from '@i2i/color'
import type { OutputPlan } from '../plan.js'
import type { Session, Tensor } from '../ports.js'
import { checkShape, resultOf, slicedDims } from '../results.js'
import { Elsewhere } from './fitness.js'

type GpuTensor = Tensor & { readonly location: 'gpu' }

/** What a run left on the GPU; disposing it frees all that was not lent. */
export interface GpuResults extends Disposable {
  readonly tensors: Readonly<Record<string, Tensor>>
  /** The tensor that an output takes. */
  get(output: OutputPlan): GpuTensor
  /** Leaves the tensors of some outputs to whoever calls free(). */
  lend(outputs: readonly OutputPlan[]): { readonly outputs: Readonly<Record<string, Tensor>>; free(): void }
}

/** Runs the model from the GPU to the GPU. @throws SHAPE_MISMATCH, DEVICE_LOST, Elsewhere where the session takes or gives no tensors there */
export async function run(
  session: Session,
  feeds: Readonly<Record<string, Tensor>>,
  plans: readonly OutputPlan[],
  signal: AbortSignal | undefined,
): Promise<GpuResults> {
  const fetch = [...new Set(plans.map(({ output }) => output.tensor))]
  const tensors = await session.run(feeds, { fetch, location: 'gpu', ...(signal && { signal }) }).catch((error) => {
    // A runtime that heeds the signal may say so in words of its own.
    signal?.throwIfAborted()
    if (refusals.some((code) => isI2iError(error, code))) throw new Elsewhere(String(error), { forGood: true })
    throw error
  })
  const owned = new Set(Object.values(tensors))
  const results: GpuResults = {
    tensors,
    get: ({ output }) => {
      const tensor = resultOf(tensors, output.tensor)
      if (tensor.location === 'gpu') return tensor
      throw new Elsewhere(`the session gives "${output.tensor}" in memory`, { forGood: true })
    },
    lend: (outputs) => {
      const lent = outputs.map(({ output }) => [output.name, resultOf(tensors, output.tensor)] as const)
      for (const [, tensor] of lent) owned.delete(tensor)
      return { outputs: Object.fromEntries(lent), free: () => free(lent.map(([, tensor]) => tensor)) }
    },
    [Symbol.dispose]: () => free(owned),
  }
  try {
    for (const plan of plans) check(plan, resultOf(tensors, plan.output.tensor))
    return results
  } catch (error) {
    free(owned)
    throw error
  }
}

// TensorFlow.js, for one, has no buffers of float16.
const refusals: readonly I2iErrorCode[] = ['OPTION_INVALID', 'MODEL_UNSUPPORTED']

function check(plan: OutputPlan, { dtype, dims }: Tensor): void {
  if (plan.output.role !== 'data') checkShape(plan, { dtype, dims: slicedDims(dims, plan.output) })
}

function free(tensors: Iterable<Tensor>): void {
  for (const tensor of tensors) if (tensor.location === 'gpu') tensor.dispose()
}
