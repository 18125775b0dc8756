// The peers that live in JavaScript, used as their users use them: buffers made once, one thread.
import { openColorEngine } from '@i2i/color'
import { GraphBuilder, writeModel } from '@i2i/onnx'
import cv from '@techstark/opencv-js'
import { InferenceSession, Tensor } from 'onnxruntime-node'
import { loop, loopAsync } from '../lib/measure.mjs'

/** OpenCV.js. Its module has a then() that resolves to itself, so that awaiting it would never end. */
export async function openCv() {
  await new Promise((resolve) => {
    if (cv.Mat) resolve()
    else cv.onRuntimeInitialized = () => resolve()
  })
  return {
    i420ToRgba({ width, height }) {
      const yuv = new cv.Mat(height * 1.5, width, cv.CV_8UC1)
      const rgba = new cv.Mat(height, width, cv.CV_8UC4)
      return loop('OpenCV.js 4.12', () => cv.cvtColor(yuv, rgba, cv.COLOR_YUV2RGBA_I420))
    },
    rgbaToI420({ width, height }) {
      const rgba = new cv.Mat(height, width, cv.CV_8UC4)
      const yuv = new cv.Mat(height * 1.5, width, cv.CV_8UC1)
      return loop('OpenCV.js 4.12', () => cv.cvtColor(rgba, yuv, cv.COLOR_RGBA2YUV_I420))
    },
    /** Convert, resize, scale to -1..1, split: the calls that its documentation teaches. */
    i420ToNchw(data, { width, height }, side) {
      const yuv = new cv.Mat(height * 1.5, width, cv.CV_8UC1)
      yuv.data.set(data)
      const [rgb, small, float] = [new cv.Mat(), new cv.Mat(), new cv.Mat()]
      const planes = new cv.MatVector()
      return loop('OpenCV.js 4.12', () => {
        cv.cvtColor(yuv, rgb, cv.COLOR_YUV2RGB_I420)
        cv.resize(rgb, small, new cv.Size(side, side), 0, 0, cv.INTER_LINEAR)
        small.convertTo(float, cv.CV_32FC3, 1 / 127.5, -1)
        cv.split(float, planes)
      })
    },
  }
}

/** The plain reference engine. */
export async function referenceConvert(source, to) {
  const engine = await openColorEngine({ engine: 'reference' })
  return loop('plain reference', () => engine.convert(source, to))
}

/** YUV to normalised NCHW as an ONNX graph of float operators, on one thread of onnxruntime-node. */
export async function ortGraph({ width, height }) {
  const builder = new GraphBuilder()
  const half = [1, 1, height / 2, width / 2]
  const y = builder.input('y', 'uint8', [1, 1, height, width])
  const chroma = ['u', 'v'].map((name) => builder.input(name, 'uint8', half))
  const float = (name) => builder.node('Cast', [name], { to: 1 })
  const scales = builder.constant(Float32Array.of(1, 1, 2, 2))
  const nearest = { mode: 'nearest', coordinate_transformation_mode: 'asymmetric', nearest_mode: 'floor' }
  const full = chroma.map((name) => builder.node('Resize', [float(name), '', scales], nearest))
  const yuv = builder.node('Concat', [float(y), ...full], { axis: 1 })
  const flat = builder.node('Reshape', [yuv, builder.constant(BigInt64Array.of(1n, 3n, -1n))])
  const matrix = builder.constant(
    Float32Array.from(bt601, (value) => value / 127.5),
    [3, 3],
  )
  const offset = builder.constant(
    Float32Array.from(bt601Offset, (value) => value / 127.5 - 1),
    [1, 3, 1],
  )
  const rgb = builder.node('Add', [builder.node('MatMul', [matrix, flat]), offset])
  const [low, high] = [-1, 1].map((value) => builder.constant(Float32Array.of(value), []))
  const clipped = builder.node('Clip', [rgb, low, high])
  const out = builder.node('Reshape', [
    clipped,
    builder.constant(BigInt64Array.of(1n, 3n, BigInt(height), BigInt(width))),
  ])
  builder.output('rgb', 'float32', [1, 3, height, width], out)
  const session = await InferenceSession.create(writeModel(builder.build({ opset: 17 })), { intraOpNumThreads: 1 })
  const feeds = {
    y: new Tensor('uint8', new Uint8Array(width * height), [1, 1, height, width]),
    u: new Tensor('uint8', new Uint8Array((width * height) / 4), half),
    v: new Tensor('uint8', new Uint8Array((width * height) / 4), half),
  }
  return loopAsync('ORT float graph', () => session.run(feeds))
}

// BT.601 limited range on a scale of 255: R, G, B rows over Y, U, V; the offsets of 16 and 128 folded into one vector.
const [a, c, kr, kb] = [255 / 219, 255 / 224, 0.299, 0.114]
const kg = 1 - kr - kb
const bt601 = [
  a,
  0,
  2 * (1 - kr) * c,
  a,
  (-2 * kb * (1 - kb) * c) / kg,
  (-2 * kr * (1 - kr) * c) / kg,
  a,
  2 * (1 - kb) * c,
  0,
]
const bt601Offset = [0, 1, 2].map((row) => -16 * bt601[3 * row] - 128 * (bt601[3 * row + 1] + bt601[3 * row + 2]))
