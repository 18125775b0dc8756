import type { VideoProgress } from './video/index.js'

const width = 24
/** Between lines where no terminal redraws one. */
const lineEveryMs = 5000
const barEveryMs = 100

/** Shows how far a video is: a bar on a terminal, a line now and then elsewhere. */
export class ProgressBar {
  readonly #stream: NodeJS.WriteStream
  #shown = Number.NEGATIVE_INFINITY
  #drawn = false

  constructor(stream: NodeJS.WriteStream) {
    this.#stream = stream
  }

  show(progress: VideoProgress): void {
    const now = performance.now()
    const last = progress.frames === progress.expected
    if (!last && now - this.#shown < (this.#stream.isTTY ? barEveryMs : lineEveryMs)) return
    this.#shown = now
    if (!this.#stream.isTTY) this.#stream.write(`${progressText(progress)}\n`)
    // Erases what a longer line left behind it.
    else this.#stream.write(`\r${bar(progress)}${progressText(progress)}\x1b[K`)
    this.#drawn = this.#stream.isTTY
  }

  /** Leaves the line, so that what is printed next has its own. */
  end(): void {
    if (this.#drawn) this.#stream.write('\n')
    this.#drawn = false
  }
}

function bar({ frames, expected }: VideoProgress): string {
  if (!expected) return ''
  const full = Math.round(Math.min(1, frames / expected) * width)
  return `${'#'.repeat(full)}${'.'.repeat(width - full)} `
}

/** "120/250 frames, 48 %, 23.4 fps, 0:06 left". */
function progressText({ frames, expected, fps }: VideoProgress): string {
  const rate = `${fps.toFixed(1)} fps`
  if (!expected) return `${frames} frames, ${rate}`
  const left = fps > 0 ? `, ${clock(Math.max(0, expected - frames) / fps)} left` : ''
  return `${frames}/${expected} frames, ${Math.min(100, Math.floor((100 * frames) / expected))} %, ${rate}${left}`
}

function clock(seconds: number): string {
  const whole = Math.ceil(seconds)
  const [hours, minutes] = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60]
  const two = (value: number): string => String(value).padStart(2, '0')
  return hours ? `${hours}:${two(minutes)}:${two(whole % 60)}` : `${minutes}:${two(whole % 60)}`
}
