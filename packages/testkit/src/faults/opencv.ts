import { createRequire } from 'node:module'
import type CV from '@techstark/opencv-js'
import { type Frame, imageOf, pick } from './frame.js'
import type { FaultInjector } from './injector.js'

type OpenCv = typeof CV
type Mat = CV.Mat

let opened: Promise<OpenCv> | undefined

// The module has a `then` that never settles: whatever awaits it, an import() included, would hang. It is hidden.
function openCv(): Promise<OpenCv> {
  opened ??= new Promise((resolve) => {
    const cv: OpenCv = createRequire(import.meta.url)('@techstark/opencv-js')
    // biome-ignore lint/suspicious/noThenProperty: it is there to be hidden
    const settle = () => resolve(Object.create(cv, { then: { value: undefined } }))
    if (Object.hasOwn(cv, 'Mat')) settle()
    else cv.onRuntimeInitialized = settle
  })
  return opened
}

/** The frame after OpenCV did something to its 8-bit RGBA pixels; `change` gives the matrix that is the result. */
async function throughOpenCv(frame: Frame, change: (cv: OpenCv, source: Mat, target: Mat) => void): Promise<Frame> {
  const cv = await openCv()
  const { width, height, planes } = imageOf({ width: frame.width, height: frame.height, data: frame.data })
  const [source, target] = [new cv.Mat(height, width, cv.CV_8UC4), new cv.Mat()]
  try {
    source.data.set(planes[0]!.data)
    change(cv, source, target)
    return { ...frame, width: target.cols, height: target.rows, data: Float64Array.from(target.data) }
  } finally {
    source.delete()
    target.delete()
  }
}

const turn = (code: string, how: (cv: OpenCv, source: Mat, target: Mat) => void): FaultInjector => ({
  code,
  name: 'OpenCV',
  family: 'dihedral',
  stage: 20,
  inject: (frame) => throughOpenCv(frame, how),
})

/** Faults as OpenCV makes them. */
export const openCvFaults: readonly FaultInjector[] = [
  turn('ROTATED_90', (cv, source, target) => cv.rotate(source, target, cv.ROTATE_90_CLOCKWISE)),
  turn('ROTATED_270', (cv, source, target) => cv.rotate(source, target, cv.ROTATE_90_COUNTERCLOCKWISE)),
  turn('MIRRORED_X', (cv, source, target) => cv.flip(source, target, 1)),
  turn('TRANSPOSED', (cv, source, target) => cv.transpose(source, target)),
  {
    code: 'CHANNELS_SWAPPED',
    name: 'OpenCV: RGB taken for its own BGR',
    family: 'channels',
    stage: 60,
    inject: (frame) => throughOpenCv(frame, (cv, source, target) => cv.cvtColor(source, target, cv.COLOR_RGBA2BGRA)),
  },
  {
    code: 'CHROMA_SWAPPED',
    name: 'OpenCV: I420 read as YV12',
    family: 'chroma',
    // A frame is converted once: the other faults of that conversion are yuv.ts's.
    hides: ['matrix', 'range'],
    stage: 50,
    inject: (frame) =>
      throughOpenCv(evenSides(frame), (cv, source, target) => {
        const yuv = new cv.Mat()
        cv.cvtColor(source, yuv, cv.COLOR_RGBA2YUV_I420)
        cv.cvtColor(yuv, target, cv.COLOR_YUV2RGBA_YV12)
        yuv.delete()
      }),
  },
  {
    code: 'HIDDEN_RESIZE',
    name: 'OpenCV: area down, cubic up',
    family: 'kernel',
    stage: 40,
    inject: (frame, random) => {
      const share = pick(random, [0.3, 0.42, 0.5, 0.6, 0.71])
      const small: [number, number] = [Math.round(frame.width * share), Math.round(frame.height * share)]
      return throughOpenCv(frame, (cv, source, target) => {
        const between = new cv.Mat()
        cv.resize(source, between, new cv.Size(...small), 0, 0, cv.INTER_AREA)
        cv.resize(between, target, new cv.Size(frame.width, frame.height), 0, 0, cv.INTER_CUBIC)
        between.delete()
      })
    },
  },
  {
    code: 'LETTERBOXED',
    name: 'OpenCV: copyMakeBorder',
    family: 'placement',
    stage: 30,
    inject: (frame, random) => {
      const [across, along] = [Math.round(frame.height * (0.05 + random() * 0.1)), 0]
      return throughOpenCv(frame, (cv, source, target) => {
        const grey = new cv.Scalar(114, 114, 114, 255)
        cv.copyMakeBorder(source, target, across, across, along, along, cv.BORDER_CONSTANT, grey)
      })
    },
  },
  {
    code: 'HALF_PIXEL_SHIFT',
    name: 'OpenCV: warpAffine by half a pixel',
    family: 'kernel',
    stage: 40,
    inject: (frame) =>
      throughOpenCv(frame, (cv, source, target) => {
        const shift = cv.matFromArray(2, 3, cv.CV_64F, [1, 0, 0.5, 0, 1, 0.5])
        const size = new cv.Size(frame.width, frame.height)
        cv.warpAffine(source, target, shift, size, cv.INTER_LINEAR, cv.BORDER_REPLICATE, new cv.Scalar())
        shift.delete()
      }),
  },
]

// OpenCV's I420 knows even sides alone: the last row or column goes, as it does in apps that use it.
function evenSides(frame: Frame): Frame {
  const [width, height] = [frame.width & ~1, frame.height & ~1]
  if (width === frame.width && height === frame.height) return frame
  const data = new Float64Array(width * height * 4)
  for (let y = 0; y < height; y++)
    data.set(frame.data.subarray(y * frame.width * 4, (y * frame.width + width) * 4), y * width * 4)
  return { ...frame, width, height, data }
}
