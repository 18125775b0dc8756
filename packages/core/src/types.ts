import type { Affine, ColorEngine, ColorSpaceInit, PixelFormat, RawImage, Rect } from '@i2i/color'
import type { GpuMemory } from '@i2i/color/webgpu'
import type { Dom } from './dom.js'
import type { DumpSink } from './dump.js'
import type { ModelManifest } from './manifest.js'
import type { Backend, Device, ModelFiles, Tensor } from './ports.js'

/** What load() is told besides the manifest. */
export interface LoadOptions {
  /** Tried in order. */
  backend: Backend | readonly Backend[]
  /** Default `auto`: the first of the backend's devices that works; a device named outright is never replaced by another. */
  device?: 'auto' | Device
  /** The id of a variant of the manifest; default: the first that fits backend and device. */
  variant?: string
  /** Swaps the model for an identity model; all else stays. No model file is read. Default false. */
  identity?: boolean
  /** Receives the four stages of every call. Whoever passes a sink closes it. */
  dump?: DumpSink
  /** Default: opened and owned by the translator. */
  color?: ColorEngine
  /** Default: beside the manifest, by fetch, or by the file system in Node. */
  files?: ModelFiles
  /** Whether a page keeps verified model files in its Cache API, by their hash, so that none is fetched twice. Default true; no matter with `files`. */
  store?: boolean
  /** Where relative paths start, for a manifest given as an object. */
  baseUrl?: string | URL
  onProgress?(progress: LoadProgress): void
  /** Aborting rejects with signal.reason. */
  signal?: AbortSignal
}

/** Bytes while downloading and verifying, steps (0 or 1 of 1) while compiling. */
export interface LoadProgress {
  readonly phase: 'download' | 'verify' | 'compile' | 'warmup'
  readonly loaded: number
  readonly total?: number
}

/** One choice that was made, or one candidate that was turned down, and why. */
export interface Decision {
  readonly what: 'backend' | 'device' | 'variant' | 'engine' | 'source' | 'colorSpace' | 'resize' | 'fallback'
  readonly choice: string
  readonly outcome: 'taken' | 'refused'
  readonly reason: string
}

/** Everything translate() reads pictures from. */
export type ImageSource =
  | RawImage
  | Dom<'ImageData'>
  | Dom<'ImageBitmap'>
  | Dom<'VideoFrame'>
  | Dom<'HTMLVideoElement'>
  | Dom<'HTMLImageElement'>
  | Dom<'HTMLCanvasElement'>
  | Dom<'OffscreenCanvas'>
  | Dom<'Blob'>

/** What `as` can ask for, by name. */
export interface ImageForms {
  RawImage: RawImage
  ImageData: Dom<'ImageData'>
  ImageBitmap: Dom<'ImageBitmap'>
  VideoFrame: Dom<'VideoFrame'>
  /** Drawn straight into a canvas. */
  none: undefined
}

/** What one call of translate() is told besides the picture. */
export interface TranslateOptions<A extends keyof ImageForms = 'RawImage'> {
  /** Of a RawImage result; default: the source's. */
  format?: PixelFormat
  /** Of the result; default: the source's where it fits the format. */
  colorSpace?: ColorSpaceInit
  /** The kind of picture to return; default `RawImage`. */
  as?: A
  /** An image of the result's format and size that receives the pixels. */
  into?: RawImage | Dom<'HTMLCanvasElement'> | Dom<'OffscreenCanvas'>
  /** Translates this part alone (whole pixels); the result is the part. */
  crop?: Rect
  /** Values for the manifest's `params`; default: their defaults. */
  params?: Readonly<Record<string, number | readonly number[]>>
  /** Aborting rejects with signal.reason. */
  signal?: AbortSignal
  onProgress?(done: number, total: number): void
  /**
   * Where pixels stay on the GPU: waits for it after each stage, so that timings are of its work (pack and unpack by timestamp queries
   * where the device has them, which is one read-back) and not of handing it over. Slower; default false.
   */
  gpuTimings?: boolean
}

/**
 * Milliseconds; `cold` marks a first call; `readBacks` counts the tensors and pictures that were copied from the GPU into memory: 0 where
 * a call stayed on the GPU. There, pack, run and unpack are the time that handing the work over took, unless `gpuTimings` was asked for.
 */
export interface Timings {
  readonly decode: number
  readonly pack: number
  readonly run: number
  readonly unpack: number
  readonly dump: number
  readonly total: number
  readonly cold: boolean
  readonly readBacks: number
}

/** What translate() gives. A RawImage result is the caller's for ever; dispose() frees frames, bitmaps and GPU tensors. */
export interface Translation<A extends keyof ImageForms = 'RawImage'> extends Disposable {
  /** The first output of role image; of a model without one, the source's own pixels. */
  readonly image: ImageForms[A]
  /** Every other output by name: images, masks (GRAY, 255 = 1.0) and data. */
  readonly outputs: Readonly<Record<string, RawImage | Tensor>>
  /** Model input pixel -> source pixel: every resize is stated. */
  readonly transform: Affine
  readonly timings: Timings
}

/** A model ready for pictures. Calls may overlap; they run in order, and one failure does not touch the next. */
export interface Translator extends AsyncDisposable {
  readonly manifest: ModelManifest
  readonly backend: string
  readonly device: Device
  readonly variant: string
  readonly decisions: readonly Decision[]
  /** A ledger of what the pixels of calls that stay on the GPU hold there, in bytes; absent before the first. */
  readonly gpuMemory?: GpuMemory | undefined
  /** @throws IMAGE_INVALID, OPTION_INVALID, SHAPE_MISMATCH, OUT_OF_MEMORY, DEVICE_LOST, DISPOSED */
  translate<A extends keyof ImageForms = 'RawImage'>(
    source: ImageSource,
    options?: TranslateOptions<A>,
  ): Promise<Translation<A>>
  /**
   * Frames in, frames of the same kind out, in order; one is translated while one waits. It closes every VideoFrame written to it, dropped
   * ones too; emitted frames belong to the reader. (translate() never closes its source.) A frame that fails ends both sides with its
   * error, dispose() with DISPOSED; the translator can open another stream after any end but its own.
   * @throws OPTION_INVALID, DISPOSED
   */
  translateStream<F extends RawImage | Dom<'VideoFrame'>>(
    options?: StreamOptions,
  ): { readonly readable: ReadableStream<F>; readonly writable: WritableStream<F> }
  /** Runs the whole path once on a grey picture, so that the first real one is fast; returns that call's timings. */
  warmUp(size?: { readonly width: number; readonly height: number }): Promise<Timings>
  /** Waits for the call in flight, refuses the waiting ones with DISPOSED, frees everything; harmless when repeated. */
  dispose(): Promise<void>
}

/** How a stream treats frames that come too late, the time it may take for each, and how steady its pictures are. */
export interface StreamOptions {
  /**
   * What happens to a frame that comes while one is translated and another waits. Default `wait`: the writer waits, no frame is lost.
   * `drop`: the waiting frame is closed and the new one waits in its place, so that what comes out is never old; for cameras.
   */
  late?: 'wait' | 'drop'
  /**
   * Of the results. Default: the source's; VideoFrames in YUV become I420, so that their colour space stays. `RGBA` lets VideoFrames of a
   * model on WebGPU stay on the GPU.
   */
  format?: PixelFormat
  /**
   * Milliseconds that a frame may take, above 0. Frames that take longer make the model run on half the pixels, up to four times over, and
   * on more again once there is time; results keep their size. Steps are in `decisions`. A model of fixed size runs as it is, and `decisions` says so.
   */
  budgetMs?: number
  /** 0 to 1, default 0: how far small changes of the result where the source stands still are held back, against flicker. */
  steady?: number
  /** Aborting ends both sides with signal.reason. */
  signal?: AbortSignal
}
