// Owns the model: opening, running and checking it never hold up the page.
import { ort } from '@i2i/backend-ort'
import { tfjs } from '@i2i/backend-tfjs'
import { type Backend, type LoadOptions, load, type Translator } from '@i2i/core'
import { expose, transfer } from 'comlink'
import { outcomeOf } from './failure.js'
import { models, tfjsWasm } from './models.js'
import { pixelsOf } from './pixels.js'
import type { LinkVerdict, Opened, Outcome, Picture, Progress, Settings, Translated } from './protocol.js'

// More than one thread needs shared memory, which a page has only when it is cross-origin isolated.
const threads = globalThis.crossOriginIsolated ? Math.min(4, navigator.hardwareConcurrency) : 1
const backends: Readonly<Record<Settings['backend'], Backend>> = {
  ort: ort({ threads }),
  tfjs: tfjs({ wasmPaths: tfjsWasm }),
}

let current: Translator | undefined
let opening = new AbortController()

async function loadModel({ model, backend, device }: Settings, more: Partial<LoadOptions>): Promise<Translator> {
  const { manifest, identity } = models[model]
  return await load(manifest, { backend: backends[backend], device, identity, ...more })
}

const engine = {
  /** Opens a model in place of the one before; a call while another is under way aborts that. */
  async open(settings: Settings, onProgress: (progress: Progress) => void): Promise<Outcome<Opened>> {
    opening.abort(new DOMException('another model was chosen', 'AbortError'))
    opening = new AbortController()
    const { signal } = opening
    return await outcomeOf(async () => {
      await current?.dispose()
      current = undefined
      const translator = await loadModel(settings, { signal, onProgress })
      current = translator
      const { backend, device, decisions, manifest, variant } = translator
      const files = manifest.variants.find(({ id }) => id === variant)?.files ?? []
      const read = models[settings.model].identity
        ? []
        : files.map(({ path, bytes, sha256 }) => ({ path, bytes, sha256 }))
      return { backend, device, decisions: [...decisions], files: read }
    })
  },

  async translate(picture: Picture): Promise<Outcome<Translated>> {
    const outcome = await outcomeOf(async () => {
      const pixels = pixelsOf(picture)
      if (!current) throw new Error('no model is open')
      const { image, timings } = await current.translate(pixels, { as: 'ImageData' })
      return { image, timings, decisions: [...current.decisions] }
    })
    return outcome.ok ? transfer(outcome, [outcome.value.image.data.buffer]) : outcome
  },

  /** One call with every stage kept, as a zip. */
  async dump(settings: Settings, picture: ImageData): Promise<Outcome<Uint8Array<ArrayBuffer>>> {
    const outcome = await outcomeOf(async () => {
      const { zipDump } = await import('@i2i/core/dump')
      const dump = zipDump({ first: 1, folder: `${settings.model}.i2idump` })
      const translator = await loadModel(settings, { dump })
      try {
        await translator.translate(picture)
        await dump.close()
        return await dump.bytes()
      } finally {
        await translator.dispose()
      }
    })
    return outcome.ok ? transfer(outcome, [outcome.value.buffer]) : outcome
  },

  /** Checks the path on the device that is open, with probes and with the picture itself. */
  async checkLink(settings: Settings, picture: ImageData): Promise<Outcome<LinkVerdict>> {
    return await outcomeOf(async () => {
      const { linkVerdictOf } = await import('./link.js')
      const device = current?.device
      return await linkVerdictOf({
        manifest: models[settings.model].manifest,
        backend: backends[settings.backend],
        ...(device && { device }),
        picture,
      })
    })
  },
}

export type EngineApi = typeof engine
expose(engine)
