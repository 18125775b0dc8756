import type { Variant } from '@i2i/core'

/** How far two numbers may lie apart: |a - b| <= atol + rtol |b|. */
export interface Tolerance {
  readonly rtol: number
  readonly atol: number
}

/** What a model's output is held to: every number within a tolerance, or the whole above a PSNR in dB. */
export type Gate = Tolerance | { readonly minPsnr: number }

/** What a tolerance depends on. */
export interface GateOptions {
  /** The two runs used different runtimes or devices, which sum in another order; default false. */
  acrossBackends?: boolean
  /** Layers between input and output, over which rounding adds up; default 1. */
  depth?: number
}

/** No difference at all. */
export const exact: Tolerance = { rtol: 0, atol: 0 }

/**
 * The default gate of a precision. fp32: rtol 1.3e-6 (PyTorch's assert_close) times the depth, atol 1e-5; 1e-3 across backends.
 * fp16: rtol 1e-2, atol 1e-3. int8: a PSNR of 30 dB, since single numbers may jump a quantisation step.
 */
export function gateFor(precision: Variant['precision'], options: GateOptions = {}): Gate {
  const { acrossBackends = false, depth = 1 } = options
  switch (precision) {
    case 'fp32':
      return acrossBackends ? { rtol: 1e-3, atol: 1e-3 } : { rtol: 1.3e-6 * depth, atol: 1e-5 }
    case 'fp16':
      return { rtol: 1e-2, atol: 1e-3 }
    case 'int8':
      return { minPsnr: 30 }
  }
}

/** The tolerance of one operation on numbers of this type: that of its precision for floats, none for integers. */
export function toleranceOf(dtype: string): Tolerance {
  if (dtype === 'float16') return { rtol: 1e-2, atol: 1e-3 }
  return dtype.startsWith('float') ? { rtol: 1.3e-6, atol: 1e-5 } : exact
}
