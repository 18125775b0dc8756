import { failureOf } from '../engine/failure.js'
import { models } from '../engine/models.js'
import { setStageState, showBoth } from '../stage/stage.js'
import { say } from '../stage/status.js'
import type { Studio } from '../studio.js'
import type { Footage } from './footage.js'

/** How the frames go: shown a second, and whether they stand still. */
export interface Pace {
  onRate(framesPerSecond: number): void
  paused(): Promise<void>
}

/** Translates frame after frame until the footage or the visitor ends it; one at a time, and what comes too fast is left out. */
export async function play(footage: Footage, studio: Studio, { onRate, paused }: Pace): Promise<void> {
  let last = performance.now()
  let rate = 0
  let said = ''
  for await (const frame of footage.frames()) {
    try {
      const { image } = await studio.translate(frame)
      showBoth(frame, image, models[studio.settings.model].label)
    } catch (error) {
      // Something else was chosen: the next frame is for that.
      if (failureOf(error).code === 'AbortError') continue
      throw error
    } finally {
      frame.close()
    }
    const now = performance.now()
    rate = rate * 0.8 + (1000 / (now - last)) * 0.2
    last = now
    onRate(rate)
    // Said once, not for every frame.
    const text = footage.kind === 'camera' ? 'The camera is on.' : 'The video is playing.'
    if (said !== text) say(text)
    said = text
    setStageState('done')
    await paused()
  }
}
