import type { ColorEngine, PackedTensor, RawImage } from '@i2i/color'

/** How far an engine may be from the truth, in steps of 8 bits. */
export interface EngineBounds {
  /** Largest difference of a converted sample, and the share of samples that may differ at all. */
  readonly convert: { readonly most: number; readonly share: number }
  /** Of a float32 tensor without a resize. */
  readonly pack: number
  /** Of a float32 tensor with a resize. */
  readonly bilinear: number
  readonly otherKernels: number
}

/** float64 against other float64: nothing but rounding noise (the fixtures have four decimals). */
export const referenceBounds: EngineBounds = {
  convert: { most: 0, share: 0 },
  pack: 1e-4,
  bilinear: 2e-4,
  otherKernels: 2e-4,
}

/** What every fast engine is held to: the table of the pixel specification. */
export const fastBounds: EngineBounds = {
  convert: { most: 1, share: 0.01 },
  pack: 1e-4,
  bilinear: 0.05,
  otherKernels: 0.1,
}

/** What the suite uses of an engine. One that works on the GPU answers later: awaiting what is there already is free. */
export interface TestedEngine extends Disposable {
  allocate: ColorEngine['allocate']
  convert(...args: Parameters<ColorEngine['convert']>): RawImage | Promise<RawImage>
  pack(...args: Parameters<ColorEngine['pack']>): PackedTensor | Promise<PackedTensor>
  unpack(...args: Parameters<ColorEngine['unpack']>): RawImage | Promise<RawImage>
}

/** Opens the engine under test; whoever opens disposes. */
export type OpenEngine = () => Promise<TestedEngine>
