import { byId } from '../dom.js'

/** What the picture shows: nothing yet, a model at work, a result, or a failure beside the last picture. */
export type StageState = 'loading' | 'working' | 'done' | 'failed'

const stage = byId('stage', HTMLElement)
const frame = byId('frame', HTMLElement)
const before = byId('before', HTMLCanvasElement)
// Read again for every dump, check and photo of moving pictures.
const source = before.getContext('2d', { willReadFrequently: true })
const after = byId('after', HTMLCanvasElement)

export function setStageState(state: StageState): void {
  stage.dataset['state'] = state
  stage.toggleAttribute('aria-busy', state === 'working' || state === 'loading')
}

/** Shows a new picture; what was made of the last one is hidden until there is a result. The sample's was made beforehand. */
export function showBefore(picture: ImageData, isSample: boolean): void {
  paint(before, picture)
  nameSource('Photo')
  fit(picture.width, picture.height)
  after.hidden = true
  byId('sample-after', HTMLElement).hidden = !isSample
}

/** Shows a result, and names it on the picture and for screen readers. */
export function showAfter(result: ImageData, label: string): void {
  paint(after, result)
  nameResult(label)
}

/** What moves, and what was made of it. */
export interface ShownFrame {
  readonly frame: VideoFrame
  readonly result: VideoFrame
  readonly label: string
  readonly source: 'Camera' | 'Video'
}

/** Shows a frame and what was made of it together, so that the halves never part. */
export function showBoth({ frame, result, label, source }: ShownFrame): void {
  if (before.width !== frame.displayWidth || before.height !== frame.displayHeight) {
    fit(frame.displayWidth, frame.displayHeight)
  }
  paintFrame(before, frame)
  nameSource(source)
  paintFrame(after, result)
  nameResult(label)
}

// The sample lies below, and would show through a picture with transparency.
function nameSource(source: 'Photo' | ShownFrame['source']): void {
  byId('sample-before', HTMLElement).hidden = true
  byId('before-tag', HTMLElement).textContent = source
  before.setAttribute('aria-label', `The ${source.toLowerCase()}`)
}

function nameResult(label: string): void {
  byId('sample-after', HTMLElement).hidden = true
  byId('after-tag', HTMLElement).textContent = label
  after.setAttribute('aria-label', `The result: ${label}`)
}

/** The canvas that results are drawn on. */
export function resultCanvas(): HTMLCanvasElement | undefined {
  return after.hidden ? undefined : after
}

/** The pixels that the result was made of. */
export function shownPixels(): ImageData | undefined {
  if (before.hidden) return undefined
  return source?.getImageData(0, 0, before.width, before.height)
}

function paint(canvas: HTMLCanvasElement, picture: ImageData): void {
  const { width, height } = picture
  if (canvas.width !== width || canvas.height !== height) [canvas.width, canvas.height] = [width, height]
  canvas.getContext('2d')?.putImageData(picture, 0, 0)
  canvas.hidden = false
}

function paintFrame(canvas: HTMLCanvasElement, frame: VideoFrame): void {
  const { displayWidth: width, displayHeight: height } = frame
  if (canvas.width !== width || canvas.height !== height) [canvas.width, canvas.height] = [width, height]
  canvas.getContext('2d')?.drawImage(frame, 0, 0, width, height)
  canvas.hidden = false
}

function fit(width: number, height: number): void {
  frame.style.setProperty('--ratio', String(width / height))
}
