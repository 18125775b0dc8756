import type { Sharp } from 'sharp'
import { type Frame, pick, throughSharp } from './frame.js'
import type { FaultInjector } from './injector.js'
import { resize } from './resize.js'

const turn = (code: string, change: (picture: Sharp) => Sharp): FaultInjector => ({
  code,
  name: 'libvips',
  family: 'dihedral',
  stage: 20,
  inject: (frame) => throughSharp(frame, change),
})

/** The frame's pixels moved: each target pixel is read at `from`, or is `outside`. */
function move(
  frame: Frame,
  width: number,
  height: number,
  from: (x: number, y: number) => readonly [number, number] | undefined,
): Frame {
  const data = new Float64Array(width * height * 4)
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const source = from(x, y)
      const at = source ? (source[1] * frame.width + source[0]) * 4 : -1
      data.set(at < 0 ? [0, 0, 0, 255] : frame.data.subarray(at, at + 4), (y * width + x) * 4)
    }
  }
  return { ...frame, width, height, data }
}

const whole = (random: () => number, low: number, high: number): number => low + Math.floor(random() * (high - low + 1))

/** Turns, mirrors, shifts, crops, bars, stretches, strides. */
export const geometryFaults: readonly FaultInjector[] = [
  turn('ROTATED_90', (picture) => picture.rotate(90)),
  turn('ROTATED_180', (picture) => picture.rotate(180)),
  turn('ROTATED_270', (picture) => picture.rotate(270)),
  turn('MIRRORED_X', (picture) => picture.flop()),
  turn('MIRRORED_Y', (picture) => picture.flip()),
  {
    code: 'TRANSPOSED',
    name: 'rows as columns',
    family: 'dihedral',
    stage: 20,
    inject: (frame) => move(frame, frame.height, frame.width, (x, y) => [y, x]),
  },
  {
    code: 'ANTI_TRANSPOSED',
    name: 'other diagonal',
    family: 'dihedral',
    stage: 20,
    inject: (frame) => move(frame, frame.height, frame.width, (x, y) => [frame.width - 1 - y, frame.height - 1 - x]),
  },
  {
    code: 'SHIFTED',
    name: 'rim replicated',
    family: 'placement',
    stage: 30,
    inject: (frame, random) => {
      const [dx, dy] = [pick(random, [-9, -4, -2, 1, 3, 7]), pick(random, [-7, -3, 0, 2, 5])]
      const { width, height } = frame
      return move(frame, width, height, (x, y) => [
        Math.max(0, Math.min(width - 1, x - dx)),
        Math.max(0, Math.min(height - 1, y - dy)),
      ])
    },
  },
  {
    code: 'SHIFTED',
    name: 'black outside',
    family: 'placement',
    stage: 30,
    inject: (frame, random) => {
      const [dx, dy] = [whole(random, 2, 12), whole(random, -8, 8)]
      const { width, height } = frame
      return move(frame, width, height, (x, y) =>
        x >= dx && y >= dy && y < height + dy ? [x - dx, y - dy] : undefined,
      )
    },
  },
  {
    code: 'CROPPED',
    name: 'part enlarged to the whole',
    family: 'placement',
    // The probe's alpha strip may be cut off.
    hides: ['alpha'],
    stage: 30,
    inject: (frame, random) => {
      const share = 0.65 + random() * 0.25
      const [w, h] = [Math.round(frame.width * share), Math.round(frame.height * share)]
      const [left, top] = [whole(random, 0, frame.width - w), whole(random, 0, frame.height - h)]
      return resize(
        move(frame, w, h, (x, y) => [x + left, y + top]),
        frame.width,
        frame.height,
      )
    },
  },
  {
    code: 'CROPPED',
    name: 'libvips extract',
    family: 'placement',
    hides: ['alpha'],
    stage: 30,
    inject: (frame, random) => {
      const [width, height] = [
        Math.round(frame.width * (0.7 + random() * 0.2)),
        Math.round(frame.height * (0.7 + random() * 0.2)),
      ]
      const [left, top] = [whole(random, 0, frame.width - width), whole(random, 0, frame.height - height)]
      return throughSharp(frame, (picture) => picture.extract({ left, top, width, height }))
    },
  },
  {
    code: 'LETTERBOXED',
    name: 'fit contain, bars left in',
    family: 'placement',
    stage: 30,
    // Bars and shrinking come together.
    also: ['HIDDEN_RESIZE', 'ASPECT_STRETCHED'],
    inject: (frame, random) => {
      const side = Math.max(frame.width, frame.height) - whole(random, 0, 20)
      const background = pick(random, [
        { r: 0, g: 0, b: 0 },
        { r: 114, g: 114, b: 114 },
      ])
      const other = frame.width === frame.height ? Math.round(side * 0.75) : side
      return throughSharp(frame, (picture) =>
        picture.resize(side, other, { fit: 'contain', background: { ...background, alpha: 1 } }),
      )
    },
  },
  {
    code: 'ASPECT_STRETCHED',
    name: 'another aspect ratio',
    family: 'placement',
    stage: 30,
    also: ['HIDDEN_RESIZE'],
    inject: (frame, random) =>
      resize(frame, Math.round(frame.width * pick(random, [0.75, 0.8, 1.25])), frame.height, { antialias: true }),
  },
  {
    code: 'STRIDE_IGNORED',
    name: 'padding read as pixels',
    family: 'layout',
    // The last rows, where the probe's alpha strip is, fall off the end.
    hides: ['alpha'],
    stage: 10,
    inject: (frame, random) => {
      const { width, height } = frame
      const stride = width + pick(random, [1, 4, 8, 16, 32])
      return move(frame, width, height, (x, y) => {
        const at = y * width + x
        return at % stride < width ? [at % stride, Math.floor(at / stride)] : undefined
      })
    },
  },
]
