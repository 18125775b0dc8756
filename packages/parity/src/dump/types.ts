import type { ColorSpace, DumpStage, PixelFormat, RawImage, Tensor, TensorStatistics } from '@i2i/core'

type Meta = Readonly<Record<string, unknown>>

/** A dump as it was read: what was said of the run, and its finished calls in order. Data stay where they are until asked for. */
export interface Dump {
  /** Where it lies, for messages and reports. */
  readonly path: string
  /** manifest.json: model with hashes, backend, device, variant, decisions, host. */
  readonly run: Meta
  readonly calls: readonly DumpCall[]
}

/** One call of a dump. */
export interface DumpCall {
  /** The folder's name. */
  readonly name: string
  /** `ok`, or `failed` with the reason in `about.error`. */
  readonly outcome: string
  readonly tensors: readonly DumpTensor[]
  /** The rest of call.json: geometry, transform, timings. */
  readonly about: Meta
}

/** One array of one stage. */
export interface DumpTensor {
  readonly stage: DumpStage
  readonly name: string
  readonly dtype: string
  readonly dims: readonly number[]
  /** Of the numbers alone, lower-case hex. */
  readonly sha256: string
  readonly statistics: TensorStatistics
  readonly layout?: string
  readonly meta: Meta
  /** Set for planes of pictures. */
  readonly image?: DumpImage
  /** The numbers; absent where the stage was redacted. @throws DUMP_INVALID when they are not those that were written */
  read?(): Promise<Tensor & { readonly location: 'cpu' }>
}

/** The picture that an array is a plane of. */
export interface DumpImage {
  readonly format: PixelFormat
  readonly width: number
  readonly height: number
  readonly colorSpace: ColorSpace
  /** `y`, `u`, `v`, `uv`, `vu`; absent for packed formats. */
  readonly plane?: string
}

/** A picture of a stage, put together from its planes. */
export interface DumpPicture {
  readonly stage: DumpStage
  readonly name: string
  readonly about: DumpImage
  /** Absent where the stage was redacted. */
  read?(): Promise<RawImage>
}

/** The stages of a link, in the order that a picture passes them. */
export const stages: readonly DumpStage[] = ['sdkInput', 'modelInput', 'modelOutput', 'sdkOutput']
