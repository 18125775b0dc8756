import { I2iError } from '../error.js'
import type { GpuCanvasContext, GpuDevice } from './gpu.js'

/** Canvases that show what a device draws. */
export class Canvases {
  readonly #device: GpuDevice
  readonly #premultiplied = new WeakSet<object>()

  constructor(device: GpuDevice) {
    this.#device = device
  }

  /** Takes a canvas' context and configures it to be drawn on and read. Throws OPTION_INVALID where it has none. */
  configure(canvas: object, alphaMode: 'opaque' | 'premultiplied'): GpuCanvasContext {
    const surface = canvas as { getContext?(kind: string): GpuCanvasContext | null } | undefined
    const context = typeof surface?.getContext === 'function' ? surface.getContext('webgpu') : undefined
    if (!context) {
      throw new I2iError(
        'OPTION_INVALID',
        `${String(canvas)} has no 'webgpu' context; give a canvas that no other context was taken from.`,
      )
    }
    const { navigator } = globalThis as { navigator?: { gpu?: { getPreferredCanvasFormat(): string } } }
    const format = navigator?.gpu?.getPreferredCanvasFormat() ?? 'rgba8unorm'
    // RENDER_ATTACHMENT to draw; TEXTURE_BINDING and COPY_SRC to read what was drawn.
    context.configure({ device: this.#device, format, alphaMode, usage: 0x10 | 0x4 | 0x1 })
    if (alphaMode === 'premultiplied') this.#premultiplied.add(context)
    else this.#premultiplied.delete(context)
    return context
  }

  /** Whether a canvas shows colour multiplied by alpha, whoever configured it. */
  premultiplies(context: GpuCanvasContext): boolean {
    // Older browsers do not tell; what configure() did is known.
    return this.#premultiplied.has(context) || context.getConfiguration?.()?.alphaMode === 'premultiplied'
  }
}
