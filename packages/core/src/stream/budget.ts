import type { ModelManifest } from '../manifest.js'
import type { Decision } from '../types.js'

// Frames whose median counts: one that was held up changes nothing.
const frames = 5
// 1/16 of the pixels: a quarter of each side. Smaller pictures are no use.
const mostHalvings = 4
// How much of the budget a step up may be expected to take.
const spare = 0.9
// Frames with time to spare before a step up; each one that was a mistake doubles it.
const patience = 20
const mostPatience = 640

/** Chooses how often a stream halves the model's pixels so that a frame takes no longer than it may; slow to go up, so that it does not swing. */
export class TimeBudget {
  readonly #budgetMs: number
  readonly #state: (news: Decision) => void
  readonly #fixed: boolean
  #halvings = 0
  #recent: number[] = []
  #calm = 0
  #patience = patience
  #sinceUp = Number.POSITIVE_INFINITY
  #settling = true

  constructor(budgetMs: number, { input: { size } }: ModelManifest, state: (news: Decision) => void) {
    this.#budgetMs = budgetMs
    this.#state = state
    this.#fixed = 'width' in size
    if (!('width' in size)) return
    state({
      what: 'resize',
      choice: `a stream's model below ${size.width}x${size.height}`,
      outcome: 'refused',
      reason: `budgetMs ${budgetMs}: the model's input size is fixed; drop late frames, or take a model with multipleOf`,
    })
  }

  /** How often the next frame's pixels are to be halved. */
  get halvings(): number {
    return this.#halvings
  }

  /** Learns what a frame took. */
  took(ms: number): void {
    if (this.#fixed) return
    // The first frame of a size pays for what the ones after it use again.
    if (this.#settling) {
      this.#settling = false
      return
    }
    this.#sinceUp++
    this.#recent.push(ms)
    if (this.#recent.length < frames) return
    if (this.#recent.length > frames) this.#recent.shift()
    const usual = [...this.#recent].sort((a, b) => a - b)[frames >> 1] ?? 0
    if (usual > this.#budgetMs) this.#down()
    else this.#maybeUp(usual)
  }

  #down(): void {
    if (this.#halvings === mostHalvings) {
      const reason = `frames take more than budgetMs ${this.#budgetMs} even so; use a smaller model, a faster device or smaller frames`
      this.#tell(mostHalvings, 'refused', reason)
      return
    }
    if (this.#sinceUp < this.#patience) this.#patience = Math.min(2 * this.#patience, mostPatience)
    this.#step(1, 'frames took more than')
  }

  #maybeUp(usual: number): void {
    // Twice the pixels take at most twice the time.
    const fits = this.#halvings > 0 && 2 * usual <= spare * this.#budgetMs
    this.#calm = fits ? this.#calm + 1 : 0
    if (this.#calm < this.#patience) return
    this.#sinceUp = 0
    this.#step(-1, 'there was time again within')
  }

  #step(by: number, why: string): void {
    this.#halvings += by
    this.#recent = []
    this.#calm = 0
    this.#settling = true
    this.#tell(this.#halvings, 'taken', `${why} budgetMs ${this.#budgetMs}`)
  }

  // The words repeat, so that the list of decisions does not grow with the frames.
  #tell(halvings: number, outcome: Decision['outcome'], reason: string): void {
    const share = halvings === 0 ? 'all' : `1/${2 ** halvings}`
    const less = outcome === 'refused' ? 'less than ' : ''
    this.#state({ what: 'resize', choice: `a stream's model on ${less}${share} of the pixels`, outcome, reason })
  }
}
