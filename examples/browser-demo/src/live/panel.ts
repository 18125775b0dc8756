import { byId, saveFile } from '../dom.js'
import { failureOf, isChange } from '../engine/failure.js'
import { models } from '../engine/models.js'
import { resultCanvas, setStageState, shownPixels } from '../stage/stage.js'
import { hideFailure, say, sayShare } from '../stage/status.js'
import type { Studio } from '../studio.js'
import { openCamera } from './camera.js'
import type { Footage } from './footage.js'
import { play } from './live.js'
import { endingOf, type Recording, recordCanvas } from './record.js'

/** What the page does when moving pictures begin, and when they end with a frame to keep. */
interface LiveEvents {
  onStart(): void
  onPhoto(pixels: ImageData): void
}

/** The camera and video files: open, pause, keep a frame, record or convert, close. */
export class LivePanel {
  readonly #studio: Studio
  readonly #events: LiveEvents
  readonly #row = byId('live', HTMLElement)
  readonly #toggle = byId('live-toggle', HTMLButtonElement)
  readonly #keepPace = byId('keep-pace', HTMLInputElement)
  readonly #record = byId('live-record', HTMLButtonElement)
  #footage: Footage | undefined
  #file: Blob | undefined
  #recording: Recording | undefined
  #conversion: AbortController | undefined
  #resume: (() => void) | undefined
  #paused: Promise<void> | undefined
  #playing = false

  constructor(studio: Studio, events: LiveEvents) {
    this.#studio = studio
    this.#events = events
    byId('open-camera', HTMLElement).addEventListener('click', () => void this.openCamera())
    byId('live-close', HTMLElement).addEventListener('click', () => this.#keepFrame())
    byId('live-photo', HTMLElement).addEventListener('click', () => this.#keepFrame())
    this.#toggle.addEventListener('click', () => {
      this.#setPaused(!this.#resume)
      say(this.#resume ? 'Paused.' : 'Playing.')
    })
    this.#keepPace.addEventListener('change', () => this.#studio.endPace())
    this.#record.addEventListener('click', () => void this.#recordOrConvert())
  }

  /** Whether moving pictures are on the stage. */
  get active(): boolean {
    return this.#footage !== undefined
  }

  async openCamera(): Promise<void> {
    await this.#open(openCamera)
  }

  async openFile(file: Blob): Promise<void> {
    await this.#open(async () => {
      const { openClip } = await import('./clip.js')
      const footage = await openClip(file)
      this.#file = file
      return footage
    })
  }

  /** Shows a frame with the settings as they are now: the next one, the one after a pause, or the first after a failure. */
  async refresh(): Promise<void> {
    if (!this.#footage) return
    if (!this.#playing) await this.#play(this.#footage)
    else if (this.#resume) this.#setPaused(true)
  }

  close(): void {
    this.#conversion?.abort()
    this.#setPaused(false)
    void this.#stopRecording()
    this.#footage?.close()
    this.#footage = undefined
    this.#studio.endPace()
    this.#file = undefined
    this.#row.hidden = true
  }

  async #open(open: () => Promise<Footage>): Promise<void> {
    try {
      hideFailure()
      const footage = await open()
      const file = this.#file
      this.close()
      this.#file = footage.kind === 'clip' ? file : undefined
      this.#footage = footage
      this.#events.onStart()
      this.#row.hidden = false
      this.#record.textContent = footage.kind === 'clip' ? 'Save as video' : 'Record'
      this.#toggle.focus()
      await this.#play(footage)
    } catch (error) {
      this.#studio.fail(error, () => this.#open(open))
    }
  }

  async #play(footage: Footage): Promise<void> {
    const rate = byId('live-rate', HTMLElement)
    this.#playing = true
    try {
      await play(footage, this.#studio, {
        onRate: (value) => {
          rate.textContent = `${value.toFixed(1)} frames a second`
        },
        paused: async () => await this.#paused,
        active: () => this.#footage === footage,
        paced: () => this.#keepPace.checked,
      })
    } catch (error) {
      if (this.#footage === footage) this.#fail(error)
    } finally {
      if (this.#footage === footage) this.#playing = false
    }
  }

  #fail(error: unknown): void {
    byId('live-rate', HTMLElement).textContent = ''
    // A camera that went has to be asked for anew.
    const gone = failureOf(error).code === 'CAMERA_GONE'
    this.#studio.fail(error, gone ? () => this.openCamera() : undefined)
  }

  // What is recorded or converted is lost with the page: the browser asks before it goes.
  #guardPage(): void {
    if (this.#recording || this.#conversion) addEventListener('beforeunload', askFirst)
    else removeEventListener('beforeunload', askFirst)
  }

  // Letting go of one pause for another lets a single frame through.
  #setPaused(paused: boolean): void {
    this.#resume?.()
    this.#resume = undefined
    this.#paused = undefined
    if (paused) {
      this.#paused = new Promise((resolve) => {
        this.#resume = resolve
      })
    }
    this.#toggle.textContent = paused ? 'Play' : 'Pause'
  }

  #keepFrame(): void {
    const pixels = shownPixels()
    this.close()
    if (pixels) this.#events.onPhoto(pixels)
  }

  async #recordOrConvert(): Promise<void> {
    if (this.#conversion) return this.#conversion.abort()
    if (this.#file) return await this.#convert(this.#file)
    if (this.#recording) return await this.#stopRecording()
    const canvas = resultCanvas()
    if (!canvas) return say('There is no result to record yet.')
    this.#recording = recordCanvas(canvas)
    this.#guardPage()
    this.#record.textContent = 'Stop and save'
    say('Recording.')
  }

  async #stopRecording(): Promise<void> {
    const recording = this.#recording
    this.#recording = undefined
    if (!recording) return
    this.#guardPage()
    this.#record.textContent = 'Record'
    const video = await recording.stop()
    saveFile(`i2i-camera.${endingOf(video)}`, video)
    say('The recording is saved.')
  }

  /** Every frame of the file, at its own pace, with its sound: what plays on the stage leaves frames out when it is late. */
  async #convert(file: Blob): Promise<void> {
    const conversion = new AbortController()
    this.#conversion = conversion
    this.#guardPage()
    const wasPaused = this.#resume !== undefined
    this.#setPaused(true)
    this.#record.textContent = 'Stop converting'
    try {
      await this.#studio.ready()
      const { convertClip } = await import('./convert.js')
      const { model } = this.#studio.settings
      const video = await convertClip(file, (frame) => this.#studio.translateFrame(frame), {
        scale: models[model].scale,
        signal: conversion.signal,
        onProgress: (share) => sayShare('Converting the video…', share),
      })
      const name = file instanceof File ? file.name.replace(/\.\w+$/, '') : 'video'
      saveFile(`${name}-${model}.${endingOf(video)}`, video)
      say('The video is saved.')
      setStageState('done')
    } catch (error) {
      if (conversion.signal.aborted || isChange(failureOf(error))) say('The conversion was stopped.')
      else this.#studio.fail(error)
    } finally {
      this.#conversion = undefined
      this.#guardPage()
      this.#record.textContent = 'Save as video'
      if (this.#footage) this.#setPaused(wasPaused)
    }
  }
}

function askFirst(event: BeforeUnloadEvent): void {
  event.preventDefault()
}
