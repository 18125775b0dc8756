/** What a tensor's numbers live in. A `Uint16Array` holds float16 bits, everywhere. */
export type TensorData = Float32Array | Uint16Array | Uint8Array | Int8Array | Int32Array | BigInt64Array

/** 8 bits a sample. YV12 is I420 with planes 1 and 2 exchanged by the caller. */
export type PixelFormat = 'RGBA' | 'BGRA' | 'RGB' | 'BGR' | 'GRAY' | 'I420' | 'NV12' | 'NV21'

/** Matrix and range of stored pixels, in WebCodecs names. */
export interface ColorSpace {
  readonly matrix: 'rgb' | 'bt709' | 'bt470bg' | 'smpte170m' | 'bt2020-ncl'
  readonly fullRange: boolean
  readonly primaries?: string
  readonly transfer?: string
  /** Set when the source did not say, and the rule for unlabelled pictures chose. */
  readonly assumed?: true
}

/** What a `VideoColorSpace.toJSON()` gives is accepted as it is; null and absent mean "not said". */
export interface ColorSpaceInit {
  matrix?: string | null
  fullRange?: boolean | null
  primaries?: string | null
  transfer?: string | null
}

/** One plane of a picture: its bytes and how far its rows lie apart. */
export interface Plane {
  readonly data: Uint8Array | Uint8ClampedArray
  /** Bytes from one row to the next. */
  readonly stride: number
}

/**
 * Pixels and how they lie. Planes: one for packed formats; Y, U, V for I420; Y, UV (VU) for NV12 (NV21).
 * A plane holds at least stride * (rows - 1) + row bytes; alpha is straight.
 */
export interface RawImage {
  readonly format: PixelFormat
  readonly width: number
  readonly height: number
  readonly planes: readonly Plane[]
  readonly colorSpace: ColorSpace
}

/** Planes as they lie, or one buffer with the plane layout that `VideoFrame.copyTo` gives (default: tightly packed). */
export type RawImageInit = {
  format: PixelFormat
  width: number
  height: number
  colorSpace?: ColorSpaceInit
} & (
  | { planes: readonly Plane[] }
  | {
      data: Uint8Array | Uint8ClampedArray | ArrayBuffer
      layout?: readonly { offset: number; stride: number }[]
    }
)

/** How pixels lie in a tensor and what its numbers mean: value = (pixel / 255 - mean) / std. uint8 tensors hold pixels as they are. */
export interface TensorFormat {
  readonly width: number
  readonly height: number
  readonly layout: 'NCHW' | 'NHWC'
  readonly dtype: 'float32' | 'float16' | 'uint8'
  /** `Y` is luma as stored. */
  readonly channels: 'RGB' | 'BGR' | 'RGBA' | 'GRAY' | 'Y'
  /** One per channel, in the tensor's channel order, 1.0 = white; default 0. */
  readonly mean?: readonly number[]
  /** One per channel, in the tensor's channel order; default 1; never 0. */
  readonly std?: readonly number[]
}

/** A rectangle in pixels; (x, y) is its top left corner. */
export interface Rect {
  readonly x: number
  readonly y: number
  readonly width: number
  readonly height: number
}

/** Target pixel (x, y) is read at source (a x + b y + c, d x + e y + f), both in pixel-centre coordinates (centre of the first pixel = 0.5). */
export type Affine = readonly [a: number, b: number, c: number, d: number, e: number, f: number]

/** How pixels are computed where source and target do not coincide. */
export interface Resampling {
  /** Default: `area` when either axis shrinks below 1/2, else `bilinear`. */
  readonly kernel?: 'nearest' | 'bilinear' | 'bicubic' | 'area'
  /** Widens the kernel by the scale when shrinking, as Pillow does; default false. */
  readonly antialias?: boolean
  /** Default `stretch`. */
  readonly fit?: 'stretch' | 'contain' | 'cover'
  /** What lies outside, in pixel values; default `edge`. */
  readonly pad?: 'edge' | readonly number[]
}

/** Geometry of an image on its way into a tensor. */
export interface PackOptions extends Resampling {
  /** The part of the image to read, in its pixels; outside it the crop's edge is replicated. */
  readonly crop?: Rect
  /** Tensor pixel -> source pixel; replaces `fit`. */
  readonly affine?: Affine
  /** How 4:2:0 chroma becomes full size; default `nearest` (one sample per 2x2 block). */
  readonly chroma?: 'nearest' | 'linear'
}

/** A picture as a model's input; its data is valid until disposed. */
export interface PackedTensor extends Disposable {
  readonly location: 'cpu'
  readonly data: Float32Array | Uint16Array | Uint8Array
  readonly dims: readonly number[]
  readonly dtype: TensorFormat['dtype']
  /** Tensor pixel -> source pixel: all that was done to the geometry. */
  readonly transform: Affine
}

/** The format and colour space to convert to, and how chroma is resampled. */
export interface ConvertOptions {
  readonly format: PixelFormat
  /** Of the result; default: the source's where it has one that fits the format, else the rule for unlabelled pictures. */
  readonly colorSpace?: ColorSpaceInit
  readonly chroma?: {
    /** Default `nearest`: the one sample of its 2x2 block; `linear`: left-sited horizontally, centred vertically. */
    readonly up?: 'nearest' | 'linear'
    /** Default `mean` of the 2x2 block; `cosited` takes its top-left pixel. */
    readonly down?: 'mean' | 'cosited'
  }
}

/** Geometry, format and alpha of an image made from a tensor. */
export interface UnpackOptions extends ConvertOptions, Resampling {
  /** Of the result; default: the tensor's. */
  readonly width?: number
  readonly height?: number
  /** A PackedTensor's: undoes its geometry, whatever it was. */
  readonly transform?: Affine
  /** The image whose alpha is carried over, resized with the same kernel. */
  readonly alpha?: RawImage
}

/**
 * Pixel operations. Without `into`, convert and unpack return ordinary garbage-collected images. allocate() gives an image in the
 * engine's own memory, for use as source or `into` without a copy; it, and a PackedTensor, are valid until disposed. Engine memory
 * never grows or detaches under a live image: exhaustion throws OUT_OF_MEMORY. Sources are never changed; source and target must not overlap.
 */
export interface ColorEngine extends Disposable {
  readonly name: 'wasm-relaxed' | 'wasm-simd' | 'reference'
  allocate(format: PixelFormat, width: number, height: number, colorSpace?: ColorSpaceInit): RawImage & Disposable
  convert(image: RawImage, to: ConvertOptions, into?: RawImage): RawImage
  pack(image: RawImage, tensor: TensorFormat, options?: PackOptions, into?: TensorData): PackedTensor
  unpack(data: TensorData, tensor: TensorFormat, to: UnpackOptions, into?: RawImage): RawImage
}

/** Which engine to open, where its code lies and how much memory it may take. */
export interface ColorEngineOptions {
  /** Default `auto`: the fastest that this host runs. */
  engine?: 'auto' | ColorEngine['name']
  /** Where the .wasm lies, or its bytes, for CDNs and strict CSP. */
  wasm?: URL | ArrayBuffer | ArrayBufferView
  memory?: { maximumBytes?: number }
}
