import { failureOf, isChange } from '../engine/failure.js'
import { models } from '../engine/models.js'
import type { Settings } from '../engine/protocol.js'
import { setStageState, showBoth } from '../stage/stage.js'
import { say } from '../stage/status.js'
import type { Studio } from '../studio.js'
import type { Footage } from './footage.js'

/** How the frames go: shown a second, and whether they stand still. */
export interface Pace {
  onRate(framesPerSecond: number): void
  paused(): Promise<void>
  /** Whether the footage is still on the stage. */
  active(): boolean
  /** Whether time is to be kept at the cost of detail. */
  paced(): boolean
}

/** Translates frame after frame until the footage or the visitor ends it; one at a time, and what comes too fast is left out. */
export async function play(footage: Footage, studio: Studio, { onRate, paused, active, paced }: Pace): Promise<void> {
  let last = performance.now()
  let rate = 0
  let said: Settings | undefined
  for await (const frame of footage.frames()) {
    try {
      const result = await (paced() ? studio.translatePaced(frame) : studio.translateFrame(frame))
      // What was under way when it was closed must not cover what came after it.
      const { label } = models[studio.settings.model]
      if (active()) showBoth({ frame, result, label, source: footage.kind === 'camera' ? 'Camera' : 'Video' })
      result.close()
    } catch (error) {
      // Something else was chosen: the next frame is for that.
      if (isChange(failureOf(error))) continue
      throw error
    } finally {
      frame.close()
    }
    if (!active()) return
    const now = performance.now()
    rate = rate * 0.8 + (1000 / (now - last)) * 0.2
    last = now
    onRate(rate)
    // Said once for each choice, whose opening said other things, and not for every frame.
    if (said !== studio.settings) say(footage.kind === 'camera' ? 'The camera is on.' : 'The video is playing.')
    said = studio.settings
    setStageState('done')
    await paused()
  }
}
