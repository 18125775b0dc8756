import type { RawImage } from '@i2i/color'
import { colorFaults } from './color.js'
import { frameOf, imageOf, randomSource } from './frame.js'
import { geometryFaults } from './geometry.js'
import type { FaultInjector } from './injector.js'
import { kernelFaults } from './kernels.js'
import { openCvFaults } from './opencv.js'
import { valueFaults } from './values.js'
import { yuvLink } from './yuv.js'

export { randomSource } from './frame.js'
export type { FaultInjector } from './injector.js'
export { soundVideoLinks, videoFaults } from './video.js'

/** Every fault of the doctor's table, in one or more varieties each. */
export const faultInjectors: readonly FaultInjector[] = [
  ...geometryFaults,
  ...kernelFaults,
  ...colorFaults,
  ...valueFaults,
  ...openCvFaults,
]

/** A tight RGBA picture after some faults, in the order in which a link meets them. */
export async function injectFaults(image: RawImage, faults: readonly FaultInjector[], seed: number): Promise<RawImage> {
  const random = randomSource(seed)
  let frame = frameOf(image)
  const links = faults.flatMap(({ yuv }) => yuv ?? [])
  let converted = false
  for (const fault of faults.toSorted((a, b) => a.stage - b.stage)) {
    if (!fault.yuv) frame = await fault.inject(frame, random)
    else if (!converted) frame = yuvLink(frame, links)
    converted ||= fault.yuv !== undefined
  }
  return imageOf(frame)
}

/** `count` faults at random that can be told apart: one of a family, none that hides all else. */
export function randomFaults(count: number, seed: number): readonly FaultInjector[] {
  const random = randomSource(seed)
  const chosen: FaultInjector[] = []
  while (chosen.length < count) {
    const next = faultInjectors[Math.floor(random() * faultInjectors.length)]!
    if (!next.alone && chosen.every((other) => compatible(other, next) && compatible(next, other))) chosen.push(next)
  }
  return chosen
}

function compatible(a: FaultInjector, b: FaultInjector): boolean {
  return a.family !== b.family && !a.hides?.includes(b.family)
}
