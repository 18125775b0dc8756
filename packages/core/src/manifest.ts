import { I2iError } from '@i2i/color'
import * as v from 'valibot'
import { crossIssues, type ManifestIssue, member } from './manifest/checks.js'
import { manifestSchema } from './manifest/schema.js'
import { jsonErrorIndex, lineAndColumn } from './manifest/text.js'
import type { Device } from './ports.js'

/** What a model is: its tensors in terms of pixels, and the files it is made of. Unknown keys are refused, keys that begin with `x-` are ignored. */
export interface ModelManifest {
  readonly $schema?: string
  readonly schemaVersion: 1
  readonly id: string
  readonly version: string
  readonly license?: string
  readonly description?: string
  /** `size` is one size, 1..16384 each, or any size whose sides are multiples of a number. */
  readonly input: PixelBinding & {
    readonly size:
      | { readonly width: number; readonly height: number }
      | { readonly multipleOf: number; readonly maxPixels?: number }
  }
  readonly outputs: readonly OutputBinding[]
  /** Further inputs of the model, by the name that `translate({ params })` knows them by. */
  readonly params?: Readonly<
    Record<
      string,
      {
        readonly tensor: string
        readonly dtype: string
        readonly dims: readonly number[]
        /** One number for every element, or one per element. */
        readonly default: number | readonly number[]
      }
    >
  >
  /** How a picture is brought to the model's size, and back. */
  readonly resize?: {
    readonly kernel?: string
    readonly antialias?: boolean
    readonly fit?: 'stretch' | 'contain' | 'cover'
    readonly pad?: 'edge' | readonly number[]
  }
  /** Default `resize`. */
  readonly strategy?: {
    readonly kind: 'resize' | 'tile' | 'roi' | 'guided' | 'style'
    readonly [option: string]: unknown
  }
  readonly variants: readonly Variant[]
}

/** How pixels lie in a model's tensor and what its numbers mean: value = (pixel / 255 - mean) / std; uint8 tensors hold pixels as they are. */
export interface PixelBinding {
  readonly tensor: string
  readonly layout: 'NCHW' | 'NHWC'
  readonly dtype: 'float32' | 'float16' | 'uint8'
  /** `Y` is luma as stored. */
  readonly channels: 'RGB' | 'BGR' | 'RGBA' | 'GRAY' | 'Y'
  /** One per channel (RGBA: 3 leave alpha as it is), 1.0 = white; default 0. */
  readonly mean?: readonly number[]
  /** One per channel (RGBA: 3 leave alpha as it is); default 1; never 0. */
  readonly std?: readonly number[]
}

/** What a tensor that the model gives is: a picture, a mask (one channel, 0..1) or plain data. */
export type OutputBinding = (
  | ({ readonly role: 'image' } & PixelBinding)
  | { readonly role: 'mask' | 'data'; readonly tensor: string; readonly layout?: 'NCHW' | 'NHWC' }
) & {
  /** Key in `Translation.outputs`; unique; default: the tensor's name. */
  readonly name?: string
  /** Output size / input size; default 1. */
  readonly scale?: number
  /** Channels [from, to) of the tensor; default all. */
  readonly slice?: readonly [number, number]
}

/** One build of the model: a format and precision, for the devices named. */
export interface Variant {
  readonly id: string
  readonly format: 'onnx' | 'tfjs'
  readonly precision: 'fp32' | 'fp16' | 'int8'
  readonly devices: readonly Device[]
  /** `path` is relative to the manifest, or an absolute URL; `bytes` and `sha256` (lower-case hex) are checked on loading. */
  readonly files: readonly {
    readonly path: string
    readonly sha256: string
    readonly bytes: number
    readonly role?: string
  }[]
  /** A seeded input whose output is known, to tell a device that computes wrongly. */
  readonly canary?: { readonly seed: number; readonly tolerance: number; readonly digest: readonly number[] }
}

/**
 * A checked copy of a manifest, without its `x-` keys; strategy options are taken as they are. `origin` (a path or URL) is named in
 * messages.
 * @throws MANIFEST_INVALID listing every fault: path, offending value, remedy; `details.issues` holds them for programs
 */
export function parseManifest(value: unknown, origin?: string): ModelManifest {
  const result = v.safeParse(manifestSchema, withoutExtensions(value))
  const issues = result.issues?.map(toIssue) ?? []
  if (result.typed) issues.push(...crossIssues(result.output))
  if (result.typed && issues.length === 0) return result.output
  const lines = new Set(issues.map(({ path, value, message }) => `${path || 'the manifest'} ${shown(value)}${message}`))
  throw new I2iError(
    'MANIFEST_INVALID',
    `The model manifest${origin ? ` ${origin}` : ''} is invalid:\n  ${[...lines].join('\n  ')}`,
    {
      details: { origin, issues },
    },
  )
}

// What no text has: control characters, and what is left of bytes that are no UTF-8.
const binary = /(?!\s)\p{Cc}|\ufffd/u

/** parseManifest() of JSON text. @throws MANIFEST_INVALID, with line and column where the text is not JSON */
export function parseManifestText(text: string, origin?: string): ModelManifest {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch (cause) {
    const index = jsonErrorIndex(text) ?? text.length
    const found =
      index < text.length ? `found ${JSON.stringify(text.slice(index, index + 20))}` : 'the text ends too early'
    const at = lineAndColumn(text, index)
    const remedy = text.trimStart().startsWith('<')
      ? '; this looks like an HTML page, so check the URL'
      : binary.test(text.slice(0, 64))
        ? '; if this is the model itself: load() takes a manifest, *.i2i.json, that names it and says how it is fed'
        : ''
    throw new I2iError(
      'MANIFEST_INVALID',
      `The model manifest${origin ? ` ${origin}` : ''} is not JSON: ${at}: ${found}${remedy}`,
      {
        details: { origin, index },
        cause,
      },
    )
  }
  return parseManifest(value, origin)
}

function toIssue(issue: v.BaseIssue<unknown>): ManifestIssue {
  const path = (issue.path ?? []).map(({ key }) => (typeof key === 'number' ? key : String(key)))
  // An unknown key is its object's fault, and its message names the key.
  const unknownKey = issue.expected === 'never'
  const where = (unknownKey ? path.slice(0, -1) : path).reduce<string>(member, '')
  return { path: where, message: issue.message, value: unknownKey ? issue.path?.at(-1)?.input : issue.input }
}

/** "is 3; " before "must be 4"; nothing where the value adds nothing. */
function shown(value: unknown): string {
  if (value === undefined) return ''
  if (typeof value === 'object' && value !== null) return Array.isArray(value) ? `is ${brief(value)}; ` : ''
  return `is ${brief(value)}; `
}

// By hand, since String() and JSON.stringify() fail on some values: an object with a "toString" of its own, a bigint, a cycle.
function brief(value: unknown): string {
  const inner = (item: unknown): string => (Array.isArray(item) ? '[...]' : brief(item))
  if (Array.isArray(value)) return cut(`[${value.slice(0, 20).map(inner)}]`)
  if (typeof value === 'object' && value !== null) return '{...}'
  return cut(typeof value === 'string' ? JSON.stringify(value) : String(value))
}

function cut(text: string): string {
  return text.length > 60 ? `${text.slice(0, 60)}...` : text
}

// Deeper than any field of a manifest; what lies deeper is refused or free, and a cycle ends here.
const maxDepth = 8

/** A copy without keys that begin with `x-` or hold undefined. */
function withoutExtensions(value: unknown, depth = 0): unknown {
  if (typeof value !== 'object' || value === null || depth > maxDepth) return value
  if (Array.isArray(value)) return value.map((item) => withoutExtensions(item, depth + 1))
  const kept = Object.entries(value).filter(([key, item]) => !key.startsWith('x-') && item !== undefined)
  return Object.fromEntries(
    kept.map(([key, item]) => [key, depth === 0 && key === 'strategy' ? item : withoutExtensions(item, depth + 1)]),
  )
}
