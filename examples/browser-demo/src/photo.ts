import { byId, saveFile } from './dom.js'
import { models } from './engine/models.js'
import { decodePhoto } from './inputs/photo.js'
import { resultCanvas, setStageState, showAfter, showBefore } from './stage/stage.js'
import { say } from './stage/status.js'
import type { Studio } from './studio.js'
import { ms, named } from './words.js'

/** A still picture: decoded once, translated again whenever the settings change. */
export class Photo {
  readonly #studio: Studio
  readonly #full = byId('full-size', HTMLInputElement)
  #file: Blob | undefined
  #pixels: ImageData | undefined
  #name = 'photo'
  // Of several changes in a row the last one counts.
  #turn = 0

  constructor(studio: Studio) {
    this.#studio = studio
    this.#full.addEventListener('change', () => {
      if (this.#file) void this.take(this.#file)
    })
    byId('save-picture', HTMLElement).addEventListener('click', () => void this.#save())
  }

  get pixels(): ImageData | undefined {
    return this.#pixels
  }

  /** Decodes a file and shows what the model makes of it. A file that cannot be read leaves the last picture. */
  async take(file: Blob, isSample = false): Promise<void> {
    const turn = ++this.#turn
    try {
      if (file !== this.#file) this.#full.checked = false
      const { pixels, width, height } = await decodePhoto(file, this.#full.checked)
      if (turn !== this.#turn) return
      this.#file = file
      byId('reduced', HTMLElement).hidden = pixels.width === width && !this.#full.checked
      byId('reduced-text', HTMLElement).textContent = `(${width} × ${height}): slower, and with finer lines`
      this.#name = file instanceof File ? file.name.replace(/\.\w+$/, '') : 'photo'
      await this.#show(pixels, isSample)
    } catch (error) {
      if (turn === this.#turn) this.#studio.fail(error)
    }
  }

  /** Takes a frame as the photo. */
  async show(pixels: ImageData): Promise<void> {
    this.#file = undefined
    this.#name = 'frame'
    byId('reduced', HTMLElement).hidden = true
    await this.#show(pixels, false)
  }

  async #show(pixels: ImageData, isSample: boolean): Promise<void> {
    this.#pixels = pixels
    showBefore(pixels, isSample && this.#studio.settings.model === 'toon')
    await this.refresh()
  }

  /** Translates the photo with the settings as they are now. */
  async refresh(): Promise<void> {
    const pixels = this.#pixels
    const turn = ++this.#turn
    if (!pixels) return
    const save = byId('save-picture', HTMLButtonElement)
    save.disabled = true
    try {
      const { backend, device } = await this.#studio.ready()
      if (turn !== this.#turn) return
      setStageState('working')
      say('Translating…')
      const image = await this.#studio.translate(pixels)
      if (turn !== this.#turn) return
      const { label } = models[this.#studio.settings.model]
      showAfter(image, label)
      setStageState('done')
      save.disabled = false
      say(`${label}: ${image.width} × ${image.height} in ${ms(this.#studio.took)}, ${named(`${backend} ${device}`)}.`)
    } catch (error) {
      if (turn === this.#turn) this.#studio.fail(error)
    }
  }

  /** Leaves what is under way unseen. */
  leave(): void {
    this.#turn++
  }

  async #save(): Promise<void> {
    const canvas = resultCanvas()
    const blob = await new Promise<Blob | null>((resolve) => (canvas ? canvas.toBlob(resolve) : resolve(null)))
    if (blob) saveFile(`${this.#name}-${this.#studio.settings.model}.png`, blob)
  }
}
