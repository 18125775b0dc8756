import { I2iError } from '@i2i/color'
import type { GpuColorEngine, GpuTarget } from '@i2i/color/webgpu'
import { resize } from '../browser/canvas-sink.js'
import { type Canvas, host } from '../browser/dom.js'
import type { Size } from '../geometry.js'

interface Configured {
  readonly engine: GpuColorEngine
  readonly alpha: boolean
  readonly context: GpuContext
}

interface GpuContext {
  getConfiguration?(): { readonly device: object } | null
}

/** Canvases with a WebGPU context, configured once and used for every frame. */
export class Screens {
  readonly #configured = new WeakMap<Canvas, Configured>()
  #own: Canvas | undefined

  /** A canvas of ours: what a VideoFrame is made of, and what is drawn on canvases of the 2d kind. @throws OPTION_INVALID */
  get own(): Canvas {
    const { OffscreenCanvas } = host
    this.#own ??= OffscreenCanvas && new OffscreenCanvas(1, 1)
    if (this.#own) return this.#own
    throw new I2iError('OPTION_INVALID', 'this host has no OffscreenCanvas; ask for "RawImage"')
  }

  /** The context of a canvas, which takes the size given. @throws OPTION_INVALID, DEVICE_LOST */
  context(engine: GpuColorEngine, canvas: Canvas, size: Size, alpha: boolean): GpuTarget {
    resize(canvas, size)
    const known = this.#configured.get(canvas)
    if (known?.engine === engine && known.alpha === alpha && isOn(known.context, engine)) {
      return known.context as unknown as GpuTarget
    }
    // Without DOM types a canvas and its context are never, there and here.
    const context: unknown = engine.configure(canvas as never, { alphaMode: alpha ? 'premultiplied' : 'opaque' })
    this.#configured.set(canvas, { engine, alpha, context: context as GpuContext })
    return context as GpuTarget
  }
}

// The page, or another translator, may have configured it for another device since.
function isOn(context: GpuContext, { device }: GpuColorEngine): boolean {
  return context.getConfiguration?.()?.device === device || !context.getConfiguration
}
