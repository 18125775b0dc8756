import { createHash } from 'node:crypto'
import { mkdir, open, rename, rm, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { I2iError, type RawImage, type TensorData } from '@i2i/color'
import { type DumpEntry, type DumpStage, tensorStatistics } from '../dump.js'
import { stableJson } from './json.js'
import { FileNames } from './names.js'
import { npyParts } from './npy.js'
import { picturePixels, planeArrays } from './pixels.js'
import { encodePng } from './png.js'

type Meta = Readonly<Record<string, unknown>>

const prefixes: Readonly<Record<DumpStage, string>> = {
  sdkInput: 'sdk_input',
  modelInput: 'model_input',
  modelOutput: 'model_output',
  sdkOutput: 'sdk_output',
}

/** One call while it is written, as `.0001.partial`; end() names it `0001`. */
export class CallFolder {
  readonly #dir: string
  readonly #number: number
  readonly #call: number
  readonly #redact: ReadonlySet<string>
  readonly #names = new FileNames()
  readonly #tensors: Meta[] = []
  readonly #pictured = new Set<DumpStage>()

  private constructor(dir: string, number: number, call: number, redact: ReadonlySet<string>) {
    this.#dir = dir
    this.#number = number
    this.#call = call
    this.#redact = redact
  }

  /** The next free number from `first` on. Making the folder is what claims it, so that two programs can share a dump. */
  static async open(dir: string, first: number, call: number, redact: ReadonlySet<string>): Promise<CallFolder> {
    for (let number = first; ; number++) {
      const folder = new CallFolder(dir, number, call, redact)
      if (await folder.#claim()) return folder
    }
  }

  get number(): number {
    return this.#number
  }

  async write({ stage, name, image, tensor, meta }: DumpEntry): Promise<void> {
    if (image) await this.#writeImage(stage, name, image, meta)
    if (!tensor) return
    const { dtype, dims } = tensor
    const data = tensor.location === 'cpu' ? tensor.data : await tensor.read()
    const stem = this.#names.claim(prefixes[stage], name, ['.npy'])
    const about = { stage, name, layout: meta['layout'], meta }
    this.#tensors.push({ ...about, ...(await this.#writeArray(stage, stem, data, dtype, dims)) })
  }

  /** Makes the call readable: call.json, then the folder's name. */
  async end(meta: Meta): Promise<void> {
    const call = { ...meta, schemaVersion: 1, call: this.#call, tensors: this.#tensors }
    await writeFile(join(this.#partial, 'call.json'), stableJson(call))
    await rename(this.#partial, this.#final)
  }

  /** Leaves nothing of the call. */
  async abandon(): Promise<void> {
    await rm(this.#partial, { recursive: true, force: true })
  }

  get #label(): string {
    return String(this.#number).padStart(4, '0')
  }

  get #partial(): string {
    return join(this.#dir, `.${this.#label}.partial`)
  }

  get #final(): string {
    return join(this.#dir, this.#label)
  }

  async #claim(): Promise<boolean> {
    try {
      await mkdir(this.#partial)
    } catch (error) {
      if (error instanceof Error && 'code' in error && error.code === 'EEXIST') return false
      throw error
    }
    const taken = await stat(this.#final).then(
      () => true,
      () => false,
    )
    if (taken) await this.abandon()
    return !taken
  }

  async #writeImage(stage: DumpStage, name: string, image: RawImage, meta: Meta): Promise<void> {
    const arrays = planeArrays(image)
    // The picture itself goes by the stage's name; masks and further pictures carry their own.
    const own = this.#pictured.has(stage) ? name : undefined
    this.#pictured.add(stage)
    const endings = [...arrays.map(({ suffix }) => `${suffix}.npy`), '.png']
    const stem = this.#names.claim(prefixes[stage], own, endings)
    const { format, width, height, colorSpace } = image
    for (const { suffix, data, dims } of arrays) {
      const about = { stage, name, layout: dims.length === 3 ? 'HWC' : 'HW', meta }
      const plane = suffix && { plane: suffix.slice(1) }
      const picture = { format, width, height, colorSpace, ...plane, ...this.#picture(stage, `${stem}.png`) }
      const array = await this.#writeArray(stage, stem + suffix, data, 'uint8', dims)
      this.#tensors.push({ ...about, image: picture, ...array })
    }
    if (this.#redact.has(stage)) return
    const { data, channels } = await picturePixels(image)
    await writeFile(join(this.#partial, `${stem}.png`), await encodePng(data, width, height, channels))
  }

  #picture(stage: DumpStage, png: string): Meta {
    return this.#redact.has(stage) ? {} : { png }
  }

  async #writeArray(
    stage: DumpStage,
    stem: string,
    data: TensorData,
    dtype: string,
    shape: readonly number[],
  ): Promise<Meta> {
    const [header, bytes] = npyParts(data, dtype, shape)
    const redacted = this.#redact.has(stage)
    const file = `${stem}.npy`
    if (!redacted) {
      const out = await open(join(this.#partial, file), 'wx')
      try {
        await out.writev([header, bytes])
      } finally {
        await out.close()
      }
    }
    // Of the numbers alone, so that any reader can check it against what it loaded.
    const sha256 = createHash('sha256').update(bytes).digest('hex')
    return { dtype, shape, sha256, ...tensorStatistics(data, dtype), ...(redacted ? { redacted } : { file }) }
  }
}

/** @throws OPTION_INVALID for a name that is no stage */
export function checkStages(option: string, stages: readonly string[]): ReadonlySet<string> {
  const unknown = stages.find((stage) => !Object.hasOwn(prefixes, stage))
  if (unknown === undefined) return new Set(stages)
  throw new I2iError(
    'OPTION_INVALID',
    `${option} names the stage "${unknown}"; the stages are ${Object.keys(prefixes).join(', ')}`,
    { details: { option, value: unknown } },
  )
}
