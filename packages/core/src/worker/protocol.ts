import type { Affine, RawImage } from '@i2i/color'
import type { DumpEntry, DumpStage } from '../dump.js'
import type { ModelManifest } from '../manifest.js'
import type { Device, ModelFileOptions, Tensor } from '../ports.js'
import type { Decision, LoadOptions, StreamOptions, Timings, TranslateOptions } from '../types.js'
import type { WireError } from './errors.js'

/** Changes whenever a page and a worker of different releases would misunderstand each other. */
export const protocol = 1

/** What goes over the worker's own port, which the app may use too: the greeting. All else has ports of its own. */
export type Greeting =
  | { readonly i2i: 'hello' }
  | { readonly i2i: 'ready'; readonly protocol: number }
  /** Node's worker ends itself: one that is terminated inside a native call takes the whole process down. */
  | { readonly i2i: 'leave' }
  | { readonly i2i: 'connect'; readonly service: unknown; readonly host: unknown; readonly lock: string | undefined }

/** How every call is answered. An Error would lose its code, details and class on the way. */
export type Answer<T> = ({ readonly value: T } | { readonly error: WireError }) & {
  /** Decisions that the caller was not told of yet. */
  readonly news: readonly Decision[]
}

/** What load() is told, as far as it can cross; functions are called back through Host. */
export type WireLoadOptions = Pick<LoadOptions, 'device' | 'variant' | 'identity' | 'store'> & {
  readonly backend?: string | readonly string[]
  readonly baseUrl?: string
  readonly files: boolean
  readonly dump: { readonly wants: boolean } | undefined
}

/** What the page's files are told of a file. */
export type WireFileOptions = Pick<ModelFileOptions, 'url' | 'expected'>

/** What a translator says of itself. */
export interface Loaded {
  readonly manifest: ModelManifest
  readonly backend: string
  readonly device: Device
  readonly variant: string
}

export type WireOptions = Omit<TranslateOptions<'RawImage'>, 'signal' | 'onProgress' | 'into' | 'as'> & {
  readonly as?: string
  /** A picture to be like, whose pixels stay where they are; or a canvas, by number, sent along the first time. */
  readonly into?: Pick<RawImage, 'format' | 'width' | 'height' | 'colorSpace'>
  readonly canvas?: { readonly id: number; readonly canvas?: unknown }
  /** Asks for what would be drawn on a canvas of the page. */
  readonly drawn?: boolean
  readonly progress: boolean
}

export interface WireTranslation {
  readonly image: unknown
  /** An ImageBitmap. */
  readonly drawn?: unknown
  readonly outputs: Readonly<Record<string, RawImage | Tensor>>
  readonly transform: Affine
  readonly timings: Timings
}

/** A stream by its number, and what translateStream() was told; late frames are dropped before they are sent. */
export interface WireStream {
  readonly id: number
  readonly options: Pick<StreamOptions, 'budgetMs' | 'steady'>
}

/** What the page calls in the worker. A call has a number, by which it is aborted and reports. */
export interface Service {
  /** Answers as soon as the worker is there. */
  present(): Promise<void>
  load(call: number, manifest: string | ModelManifest, options: WireLoadOptions): Promise<Answer<Loaded>>
  translate(call: number, source: unknown, options: WireOptions): Promise<Answer<WireTranslation>>
  /** The next frame of a stream, which opens with its first; one at a time. */
  streamFrame(call: number, stream: WireStream, frame: unknown): Promise<Answer<object>>
  endStream(id: number): Promise<void>
  /** A whole stream whose ends are in the worker; `sink` is a WritableStream or a canvas. */
  pipe(call: number, source: unknown, sink: unknown, options: StreamOptions): Promise<Answer<void>>
  warmUp(size: { readonly width: number; readonly height: number } | undefined): Promise<Answer<Timings>>
  abort(call: number, reason: WireError): Promise<void>
  /** How far the page is with a file that the worker asked for. */
  fileProgress(read: number, loaded: number, total: number | undefined): Promise<void>
  dispose(): Promise<Answer<void>>
}

/** What the worker calls in the page. */
export interface Host {
  /** What the onProgress of that call is told. */
  progress(call: number, ...told: readonly unknown[]): Promise<void>
  readFile(read: number, path: string, asked: WireFileOptions): Promise<Answer<Uint8Array>>
  forgetFile(path: string, asked: WireFileOptions): Promise<Answer<boolean>>
  dumpBegin(run: Readonly<Record<string, unknown>>): Promise<Answer<void>>
  dumpWants(stage: DumpStage, name: string): Promise<Answer<boolean>>
  dumpWrite(entry: DumpEntry): Promise<Answer<void>>
  dumpEnd(call: number, meta: Readonly<Record<string, unknown>>): Promise<Answer<void>>
}
