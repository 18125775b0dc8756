import type {
  Affine,
  ColorSpace,
  ColorSpaceInit,
  ConvertOptions,
  PackOptions,
  PixelFormat,
  RawImage,
  Rect,
  TensorData,
  TensorFormat,
  UnpackOptions,
} from '../types.js'

/** A DOM class where the program has DOM types, else never: no public type needs lib.dom. */
export type Dom<K extends string> = typeof globalThis extends { [P in K]: { prototype: infer T } } ? T : never

/** Where a plane begins in its buffer, in bytes, and how far its rows lie apart. */
export interface GpuPlane {
  readonly offset: number
  readonly stride: number
}

/**
 * Pixels in a GPUBuffer with STORAGE usage. As a source, planes lie at any offset and stride; as a target, at multiples of 4 bytes each.
 * Default planes: tightly packed, one after the other. The colour space follows the rule for RawImages.
 */
export interface GpuPixels {
  readonly format: PixelFormat
  readonly width: number
  readonly height: number
  readonly buffer: Dom<'GPUBuffer'>
  readonly planes?: readonly GpuPlane[]
  readonly colorSpace?: ColorSpaceInit
}

/** A texture of RGB pixels and what cannot be read from it. Formats: rgba8unorm, bgra8unorm, rgba16float, rgba32float; no sRGB views. */
export interface GpuTexturePixels {
  readonly texture: Dom<'GPUTexture'>
  /** Whether colour is multiplied by alpha; default false. */
  readonly premultiplied?: boolean
}

/** An external texture of the caller's; imported from the device of the engine, used in the task that imported it. */
export interface GpuExternalPixels {
  readonly external: Dom<'GPUExternalTexture'>
  /** Size in pixels, as textureDimensions() would say. */
  readonly width: number
  readonly height: number
  /** Whether colour is multiplied by alpha, as it is for RGBA frames; default false. */
  readonly premultiplied?: boolean
}

/**
 * What can be read. Exact to the bounds of the CPU engine: a RawImage or ImageData (uploaded into a pooled buffer), planes in a buffer,
 * a texture. VideoFrames and videos are external textures: the browser turns their YUV into RGB, and 4:2:0 chroma is the browser's to
 * interpolate. Bitmaps and canvases are copied into a pooled texture.
 */
export type GpuSource =
  | RawImage
  | Dom<'ImageData'>
  | GpuPixels
  | GpuPicture
  | GpuTexturePixels
  | Dom<'GPUTexture'>
  | GpuExternalPixels
  | Dom<'VideoFrame'>
  | Dom<'HTMLVideoElement'>
  | Dom<'ImageBitmap'>
  | Dom<'HTMLCanvasElement'>
  | Dom<'OffscreenCanvas'>

/**
 * What can be drawn on: planes in a buffer, a texture with RENDER_ATTACHMENT usage (rgba8unorm, bgra8unorm, rgba16float), or a canvas context
 * (its current texture), configured by `configure()` or by the caller on the engine's device.
 */
export type GpuTarget = GpuPixels | GpuPicture | GpuTexturePixels | Dom<'GPUTexture'> | Dom<'GPUCanvasContext'>

/** Numbers of a tensor in a GPUBuffer with STORAGE usage; the buffer may be larger than the tensor. */
export interface GpuTensorData {
  readonly buffer: Dom<'GPUBuffer'>
  /** Where the numbers begin, in bytes; a multiple of 4. Default 0. */
  readonly offset?: number
}

/** Where a call is recorded. */
export interface GpuRecording {
  /**
   * Records into this encoder; the caller submits it. What the call returned must not be disposed before that. Without one the call is
   * submitted at once. Uploads are queue operations: they take place at the call, before the encoder is submitted.
   */
  readonly encoder?: Dom<'GPUCommandEncoder'>
  /** Takes the time of this call's pass under the given name. */
  readonly time?: { readonly timer: GpuTimer; readonly name: string }
}

/** As the CPU engine's PackOptions; `chroma` matters to buffers alone, for textures are RGB. */
export interface GpuPackOptions extends PackOptions, GpuRecording {}

/** As the CPU engine's ConvertOptions; `format` is the texture's where one is drawn on. */
export interface GpuConvertOptions extends Omit<ConvertOptions, 'format'>, GpuRecording {
  readonly format?: PixelFormat
}

/**
 * As the CPU engine's UnpackOptions. `format` is the texture's where one is drawn on, else required unless `into` has one. Default size:
 * of `into`, else of the tensor.
 */
export interface GpuUnpackOptions extends Omit<UnpackOptions, 'format' | 'alpha'>, GpuRecording {
  readonly format?: PixelFormat
  /** The picture whose alpha is carried over, resized with the same kernel. */
  readonly alpha?: GpuSource
  /** The picture that shows where the tensor does not reach under `transform` (fit: 'cover'), resized with the same kernel. */
  readonly outside?: GpuSource
  /** The part of `alpha` and of `outside` that the result shows, in their pixels; default all of it. */
  readonly region?: Rect
}

/** A picture as a model's input, in a buffer of STORAGE | COPY_SRC | COPY_DST usage: what ONNX Runtime and TensorFlow.js bind. */
export interface GpuPackedTensor extends Disposable {
  readonly location: 'gpu'
  readonly buffer: Dom<'GPUBuffer'>
  readonly dims: readonly number[]
  readonly dtype: TensorFormat['dtype']
  /** Tensor pixel -> source pixel: all that was done to the geometry. */
  readonly transform: Affine
  /** A copy in memory, once the recording is submitted. @throws DEVICE_LOST, OUT_OF_MEMORY, DISPOSED */
  read(): Promise<TensorData>
  /** Gives the buffer back to the pool (one of the caller's stays his). */
  dispose(): void
}

/** A picture on the GPU: a result, an upload, or lent by allocate(). It is a source, and a target where its rows are whole words. */
export interface GpuPicture extends Disposable {
  readonly format: PixelFormat
  readonly width: number
  readonly height: number
  readonly colorSpace: ColorSpace
  /** Present for planes in a buffer, with `planes`. */
  readonly buffer?: Dom<'GPUBuffer'>
  readonly planes?: readonly GpuPlane[]
  /** Present for a picture in a texture. */
  readonly texture?: Dom<'GPUTexture'>
  /** Whether a texture's colour is multiplied by its alpha. */
  readonly premultiplied?: boolean
  /** A copy in memory, once the recording is submitted; planes are tightly packed. @throws DEVICE_LOST, OUT_OF_MEMORY, DISPOSED, OPTION_INVALID (usage without COPY_SRC) */
  read(): Promise<RawImage>
  /** Gives back what the engine lent; a buffer or texture of the caller's stays his. */
  dispose(): void
}

/** GPU memory that the engine holds, in bytes: all of it, and what of that is lent out now. */
export interface GpuMemory {
  readonly bytes: number
  readonly lentBytes: number
  /** Buffers and textures that exist, and how many of them are lent out. */
  readonly resources: number
  readonly lent: number
}

/** GPU time of passes by timestamp queries; without the device's `timestamp-query` feature it takes none. */
export interface GpuTimer extends Disposable {
  readonly available: boolean
  /** Milliseconds of each named pass since the last read, once their recordings are submitted; empty where not available. */
  read(): Promise<Readonly<Record<string, number>>>
  dispose(): void
}

/**
 * The pixel operations of ColorEngine on a caller's GPUDevice. Signatures follow the CPU engine's: the same options, results and errors, with
 * buffers, textures and video in place of arrays, and a recording in the options. Calls check their arguments at once (I2iError); what only
 * the device can tell (out of memory, a buffer of another device) comes with `settled()` and with `read()`.
 */
export interface GpuColorEngine extends Disposable {
  readonly name: 'webgpu'
  readonly device: Dom<'GPUDevice'>
  /** A ledger of live GPU bytes. */
  readonly memory: GpuMemory
  /** A picture in a pooled buffer, for use as source or target; its pixels are whatever was there. @throws IMAGE_INVALID, OUT_OF_MEMORY, DISPOSED, DEVICE_LOST */
  allocate(format: PixelFormat, width: number, height: number, colorSpace?: ColorSpaceInit): GpuPicture
  /** The picture's planes in a pooled buffer. @throws IMAGE_INVALID, OUT_OF_MEMORY, DISPOSED, DEVICE_LOST */
  upload(image: RawImage): GpuPicture
  /** Source to another format or colour space, in `into` or a new picture. @throws as ColorEngine.convert, DEVICE_LOST */
  convert(source: GpuSource, to: GpuConvertOptions, into?: GpuTarget): GpuPicture
  /** Source to tensor, in the buffer `into` or a pooled one. @throws as ColorEngine.pack, DEVICE_LOST */
  pack(source: GpuSource, tensor: TensorFormat, options?: GpuPackOptions, into?: GpuTensorData): GpuPackedTensor
  /** Tensor to picture, in `into` or a new picture in a buffer. @throws as ColorEngine.unpack, DEVICE_LOST */
  unpack(data: GpuTensorData, tensor: TensorFormat, to: GpuUnpackOptions, into?: GpuTarget): GpuPicture
  /** Configures a canvas for this device in the preferred format and returns its context, to be given as `into` each frame. Default alphaMode: opaque. @throws OPTION_INVALID */
  configure(
    canvas: Dom<'HTMLCanvasElement'> | Dom<'OffscreenCanvas'>,
    options?: { readonly alphaMode?: 'opaque' | 'premultiplied' },
  ): Dom<'GPUCanvasContext'>
  /** A timer to give to calls; whoever makes it disposes it. */
  timer(): GpuTimer
  /** Resolves when the device has taken all calls so far; rejects with the first that it refused: OUT_OF_MEMORY, OPTION_INVALID (a foreign buffer), DEVICE_LOST. */
  settled(): Promise<void>
  /** Destroys what is pooled and lent; the device stays the caller's. */
  dispose(): void
}

/** Bounds on what an engine keeps. */
export interface GpuColorEngineOptions {
  /** GPU memory that the engine may hold, in bytes; beyond it calls throw OUT_OF_MEMORY. Default: no limit but the device's. */
  readonly maximumBytes?: number
}

/** The type of openGpuColorEngine. @throws OPTION_INVALID (no device), DEVICE_LOST */
export type OpenGpuColorEngine = (device: Dom<'GPUDevice'>, options?: GpuColorEngineOptions) => Promise<GpuColorEngine>
