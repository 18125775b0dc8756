import { type Frame, pick, throughSharp } from './frame.js'
import type { FaultInjector } from './injector.js'
import { type ResizeOptions, resize } from './resize.js'

function through(frame: Frame, share: number, down: ResizeOptions, up: ResizeOptions): Frame {
  const [width, height] = [Math.round(frame.width * share), Math.round(frame.height * share)]
  return resize(resize(frame, width, height, down), frame.width, frame.height, up)
}

const shares = [0.3, 0.42, 0.5, 0.6, 0.71] as const

/** Resizes on the way that nobody declared, and resizes that place their samples differently on the way back. */
export const kernelFaults: readonly FaultInjector[] = [
  {
    code: 'HIDDEN_RESIZE',
    name: 'bilinear, antialiased',
    family: 'kernel',
    stage: 40,
    inject: (frame, random) => through(frame, pick(random, shares), { antialias: true }, {}),
  },
  {
    code: 'HIDDEN_RESIZE',
    name: 'bilinear down, bicubic up',
    family: 'kernel',
    stage: 40,
    inject: (frame, random) => through(frame, pick(random, shares), {}, { kernel: 'bicubic' }),
  },
  {
    code: 'HIDDEN_RESIZE',
    name: 'nearest',
    family: 'kernel',
    stage: 40,
    // Nearest neighbours move content by up to half a coarse pixel.
    also: ['HALF_PIXEL_SHIFT', 'SHIFTED'],
    inject: (frame, random) => through(frame, pick(random, shares), { kernel: 'nearest' }, { kernel: 'nearest' }),
  },
  {
    code: 'HIDDEN_RESIZE',
    name: 'libvips lanczos3 down, cubic up',
    family: 'kernel',
    stage: 40,
    // libvips shifts by half a pixel on its way up.
    also: ['HALF_PIXEL_SHIFT', 'SHIFTED', 'ALIGN_CORNERS'],
    // It comes back without alpha.
    hides: ['alpha'],
    inject: async (frame, random) => {
      const { width, height } = frame
      const share = pick(random, shares)
      const small = await throughSharp(frame, (picture) =>
        picture.removeAlpha().resize(Math.round(width * share), Math.round(height * share), { fit: 'fill' }),
      )
      return throughSharp(small, (picture) =>
        picture.removeAlpha().resize(width, height, { fit: 'fill', kernel: 'cubic' }),
      )
    },
  },
  {
    code: 'ALIGN_CORNERS',
    name: 'on the way up only',
    family: 'kernel',
    stage: 40,
    also: ['HIDDEN_RESIZE'],
    inject: (frame, random) =>
      through(frame, pick(random, [0.3, 0.42, 0.5, 0.6]), { antialias: true }, { placement: 'alignCorners' }),
  },
  {
    code: 'ALIGN_CORNERS',
    name: 'on the way down only',
    family: 'kernel',
    stage: 40,
    also: ['HIDDEN_RESIZE'],
    inject: (frame, random) =>
      through(frame, pick(random, [0.3, 0.42, 0.5]), { antialias: true, placement: 'alignCorners' }, {}),
  },
  {
    code: 'HALF_PIXEL_SHIFT',
    name: 'asymmetric down, half-pixel up',
    family: 'kernel',
    stage: 40,
    also: ['HIDDEN_RESIZE'],
    inject: (frame, random) =>
      through(frame, pick(random, [0.3, 0.42, 0.5, 0.6]), { placement: 'asymmetric', antialias: true }, {}),
  },
  {
    code: 'HALF_PIXEL_SHIFT',
    name: 'half a pixel at full size',
    family: 'kernel',
    stage: 40,
    inject: (frame) => {
      const { width, height, data } = frame
      const shifted = data.map((_, i) => {
        const [c, x, y] = [i % 4, Math.floor(i / 4) % width, Math.floor(i / 4 / width)]
        const [x1, y1] = [Math.min(width - 1, x + 1), Math.min(height - 1, y + 1)]
        const at = (px: number, py: number): number => data[(py * width + px) * 4 + c]!
        return (at(x, y) + at(x1, y) + at(x, y1) + at(x1, y1)) / 4
      })
      return { ...frame, data: shifted }
    },
  },
]
