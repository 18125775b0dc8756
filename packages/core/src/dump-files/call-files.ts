import type { PixelFormat, RawImage, TensorData } from '@i2i/color'
import { type DumpEntry, type DumpStage, tensorStatistics } from '../dump.js'
import { exactTransform } from './exact.js'
import { sha256Of } from './hash.js'
import { stableJson } from './json.js'
import { FileNames } from './names.js'
import { npyParts } from './npy.js'
import { picturePixels, planeArrays } from './pixels.js'
import { type Deflate, encodePng } from './png.js'

type Meta = Readonly<Record<string, unknown>>

const prefixes: Readonly<Record<DumpStage, string>> = {
  sdkInput: 'sdk_input',
  modelInput: 'model_input',
  modelOutput: 'model_output',
  sdkOutput: 'sdk_output',
}

/** Takes one file of a call; the parts follow each other, and are the caller's own memory. */
export type WriteFile = (name: string, parts: readonly Uint8Array[]) => Promise<void>

/** Turns the entries of one call into files, wherever these go. */
export class CallFiles {
  readonly #call: number
  readonly #redact: ReadonlySet<string>
  readonly #deflate: Deflate
  readonly #write: WriteFile
  readonly #names = new FileNames()
  readonly #tensors: Meta[] = []
  readonly #pictured = new Set<DumpStage>()
  #source: PixelFormat | undefined
  #exact: Meta | undefined

  constructor(call: number, redact: ReadonlySet<string>, deflate: Deflate, write: WriteFile) {
    this.#call = call
    this.#redact = redact
    this.#deflate = deflate
    this.#write = write
  }

  async add({ stage, name, image, tensor, meta }: DumpEntry): Promise<void> {
    if (image) await this.#addImage(stage, name, image, meta)
    if (!tensor) return
    const { dtype, dims } = tensor
    const data = tensor.location === 'cpu' ? tensor.data : await tensor.read()
    const stem = await this.#names.claim(prefixes[stage], name, ['.npy'])
    this.#exact ??= exactTransform(meta, this.#source)
    const about = { stage, name, layout: layoutOf(meta), meta }
    this.#tensors.push({ ...about, ...(await this.#addArray(stage, stem, data, dtype, dims)) })
  }

  /** The text of call.json. */
  json(meta: Meta): string {
    const exact = this.#exact && { exact: this.#exact }
    return stableJson({ ...meta, ...exact, schemaVersion: 1, call: this.#call, tensors: this.#tensors })
  }

  async #addImage(stage: DumpStage, name: string, image: RawImage, meta: Meta): Promise<void> {
    const arrays = planeArrays(image)
    if (stage === 'sdkInput') this.#source = image.format
    // The picture itself goes by the stage's name; masks and further pictures carry their own.
    const own = this.#pictured.has(stage) ? name : undefined
    this.#pictured.add(stage)
    const endings = [...arrays.map(({ suffix }) => `${suffix}.npy`), '.png']
    const stem = await this.#names.claim(prefixes[stage], own, endings)
    const { format, width, height, colorSpace } = image
    const png = this.#redact.has(stage) ? {} : { png: `${stem}.png` }
    for (const { suffix, data, dims } of arrays) {
      const about = { stage, name, layout: dims.length === 3 ? 'HWC' : 'HW', meta }
      const plane = suffix && { plane: suffix.slice(1) }
      const picture = { format, width, height, colorSpace, ...plane, ...png }
      const array = await this.#addArray(stage, stem + suffix, data, 'uint8', dims)
      this.#tensors.push({ ...about, image: picture, ...array })
    }
    if (this.#redact.has(stage)) return
    const { data, channels } = await picturePixels(image)
    await this.#write(`${stem}.png`, [await encodePng(data, { width, height, channels }, this.#deflate)])
  }

  async #addArray(
    stage: DumpStage,
    stem: string,
    data: TensorData,
    dtype: string,
    shape: readonly number[],
  ): Promise<Meta> {
    const [header, bytes] = npyParts(data, dtype, shape)
    const redacted = this.#redact.has(stage)
    const file = `${stem}.npy`
    if (!redacted) await this.#write(file, [header, bytes])
    // Of the numbers alone, so that any reader can check it against what it loaded.
    const sha256 = await sha256Of(bytes)
    return { dtype, shape, sha256, ...tensorStatistics(data, dtype), ...(redacted ? { redacted } : { file }) }
  }
}

function layoutOf(meta: Meta): unknown {
  const { layout } = (meta['input'] ?? meta) as Meta
  return layout
}
