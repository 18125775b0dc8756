import { isI2iError, type RawImage } from '@i2i/color'
import { type GpuColorEngine, type GpuMemory, openGpuColorEngine } from '@i2i/color/webgpu'
import type { Canvas } from '../browser/dom.js'
import type { Call, Parts } from '../parts.js'
import type { ImageForms, Translation } from '../types.js'
import { Elsewhere, refuseUnfit } from './fitness.js'
import { translateOnGpu } from './frame.js'
import { Screens } from './screens.js'

/** Keeps the pixels of one translator on its session's GPUDevice. */
export class GpuPath {
  readonly #screens = new Screens()
  #engine: GpuColorEngine | undefined
  /** The last result: what it holds besides its picture lives until the next call, so that a loop which frees nothing holds one. */
  #last: Disposable | undefined
  /** Why the session takes no GPU tensors. */
  #refused: string | undefined

  /** Undefined where the call has to go through memory; decisions then say why. A device lost on the way is replaced once. */
  async translate<A extends keyof ImageForms>(parts: Parts, call: Call<A>): Promise<Translation<A> | undefined> {
    try {
      return await this.#attempt(parts, call).catch(async (error: unknown) => {
        if (!isI2iError(error, 'DEVICE_LOST')) throw error
        await parts.session.rebuild(error)
        return await this.#attempt(parts, call)
      })
    } catch (error) {
      if (!(error instanceof Elsewhere)) throw error
      if (error.forGood) this.#refused = error.message
      const reason = `the pixels go through memory: ${error.message}`
      parts.state({ what: 'fallback', choice: 'pixels in memory', outcome: 'taken', reason })
      return undefined
    }
  }

  async #attempt<A extends keyof ImageForms>(parts: Parts, call: Call<A>): Promise<Translation<A>> {
    if (this.#refused) throw new Elsewhere(this.#refused)
    refuseUnfit(parts, call)
    const engine = await this.#opened(parts)
    this.#last?.[Symbol.dispose]()
    const { translation, free } = await translateOnGpu(parts, { engine, screens: this.#screens }, call)
    this.#last = { [Symbol.dispose]: free }
    return translation
  }

  /** Draws a picture from memory on a canvas that has a WebGPU context. @throws OPTION_INVALID, DEVICE_LOST */
  async present(parts: Parts, canvas: Canvas, picture: RawImage): Promise<void> {
    const engine = await this.#opened(parts)
    const context = this.#screens.context(engine, canvas, picture, true)
    engine.convert(picture, {}, context)
    await engine.settled()
  }

  /** What the engine holds; undefined before its first call. */
  get memory(): GpuMemory | undefined {
    return this.#engine?.memory
  }

  /** Frees what is on the GPU; the device is the session's. */
  dispose(): void {
    this.#engine?.[Symbol.dispose]()
    this.#engine = undefined
  }

  // A session that was opened again has another device.
  async #opened({ session }: Parts): Promise<GpuColorEngine> {
    const device = session.gpuDevice
    if (!device) throw new Elsewhere('the session no longer has a GPUDevice')
    if (this.#engine?.device === device) return this.#engine
    this.dispose()
    this.#engine = await openGpuColorEngine(device)
    return this.#engine
  }
}
