import type { Finding } from './findings.js'
import type { Diagnosis, Fault } from './types.js'

type Evidence = Finding['evidence']

const matrixMessage = (from: string, to: string): string =>
  `Colours were encoded with the BT.${from} matrix and decoded with BT.${to}: state the matrix where the frame is converted.`

type Side = Evidence[string] | undefined

/** The size of which one side may be all that the evidence tells. */
function sizeText(width: Side, height: Side): string {
  if (width !== undefined && height !== undefined) return `${width} x ${height} pixels`
  return width !== undefined ? `a width of ${width} pixels` : `a height of ${height} pixels`
}

const messages: Readonly<Record<string, string | ((evidence: Evidence) => string)>> = {
  CHANNELS_SWAPPED: ({ order }) =>
    `Channels arrive as ${order} instead of RGB: check the channel order of the tensor and of the picture's format.`,
  CHROMA_SWAPPED: 'U and V are exchanged: check plane order (I420 against YV12) and NV12 against NV21.',
  RANGE_LIMITED_AS_FULL:
    'Limited-range values (16..235) were taken as full range: the picture is pale. State the range where YUV is decoded.',
  RANGE_FULL_AS_LIMITED:
    'Full-range values were taken as limited range (16..235): contrast is too high. State the range where YUV is decoded.',
  MATRIX_601_AS_709: matrixMessage('601', '709'),
  MATRIX_709_AS_601: matrixMessage('709', '601'),
  MATRIX_601_AS_2020: matrixMessage('601', '2020'),
  MATRIX_2020_AS_601: matrixMessage('2020', '601'),
  MATRIX_709_AS_2020: matrixMessage('709', '2020'),
  MATRIX_2020_AS_709: matrixMessage('2020', '709'),
  GAMMA: ({ curve, exponent }) =>
    `A tone curve was applied (${exponent === undefined ? curve : `exponent ${exponent}`}): look for a linear/sRGB conversion that has no counterpart.`,
  HIDDEN_RESIZE: ({ width, height }) =>
    width === undefined && height === undefined
      ? 'Fine detail is lost, as by a resize that nobody declared; too few levels are left to tell the size.'
      : `The picture went through ${sizeText(width, height)}: something resizes it that nobody declared.`,
  ALIGN_CORNERS: ({ edgeShift }) =>
    `One resize aligns corners and its counterpart does not: content is ${edgeShift} px off at the edges and right in the middle.`,
  HALF_PIXEL_SHIFT: ({ dx, dy }) =>
    `The picture is shifted by (${dx}, ${dy}) px, as when a resize leaves out the half-pixel centre.`,
  SHIFTED: ({ dx, dy }) => `The picture is shifted by (${dx}, ${dy}) px.`,
  CROPPED: ({ x, y, width, height }) => `Only the part of ${width} x ${height} px at (${x}, ${y}) came back.`,
  LETTERBOXED: ({ left, right, top, bottom }) =>
    `Bars were added and not taken off: ${left} px left, ${right} right, ${top} top, ${bottom} bottom.`,
  ASPECT_STRETCHED: ({ ratio }) => `The aspect ratio changed by a factor of ${ratio}.`,
  ROTATED_90: 'The picture is turned by 90 degrees clockwise: look at EXIF orientation or the camera rotation.',
  ROTATED_180: 'The picture is turned by 180 degrees: look at EXIF orientation or the camera rotation.',
  ROTATED_270: 'The picture is turned by 270 degrees clockwise: look at EXIF orientation or the camera rotation.',
  MIRRORED_X: 'Left and right are exchanged: look for a selfie-camera mirror.',
  MIRRORED_Y: 'Top and bottom are exchanged: look for a texture or bitmap that starts at the bottom.',
  TRANSPOSED: 'Rows and columns are exchanged: width and height were taken for each other.',
  ANTI_TRANSPOSED: 'The picture is mirrored about its other diagonal: a turn and a mirroring together.',
  STRIDE_IGNORED: ({ pixelsPerRow }) =>
    `Each row starts ${pixelsPerRow} px off the row before: the stride is taken for the width.`,
  LAYOUT_NCHW_AS_NHWC: 'A planar tensor (NCHW) was read as an interleaved one (NHWC).',
  LAYOUT_NHWC_AS_NCHW: 'An interleaved tensor (NHWC) was read as a planar one (NCHW).',
  PIXEL_SHUFFLE_DCR_CRD: ({ period, stored, read }) =>
    `Depth-to-space by ${period} reads channels in ${read} order that are stored in ${stored} order.`,
  ALPHA_PREMULTIPLIED: ({ background, alpha }) =>
    alpha === 'lost'
      ? `The picture came back without alpha: what was translucent lies over ${background}. Expected of JPEG and of screenshots.`
      : `Colours were multiplied by alpha (over ${background}): alpha must stay straight.`,
  TRUNCATED: 'Values were cut to integers instead of rounded: add one half before the conversion.',
  NORMALIZATION: ({ gain, offset }) =>
    `Mean or std differ between the two ends: values come back as ${gain} x + ${offset}.`,
  CHROMA_SUBSAMPLED: ({ how }) => `Colour came through at lower resolution (${how}); expected of YUV frames.`,
  LOSSY_CODEC: ({ error }) => `Small errors without a pattern (${error} steps): a lossy codec was on the way.`,
  SATURATED: ({ high, low }) =>
    `Values pile up at a bound (${[high, low].filter((value) => value !== undefined).join(', ')}): something clips before the last step.`,
  QUANTIZED: ({ levels }) => `Only ${levels} levels come back: a step in between has too few bits.`,
  NAN: ({ pixels }) => `${pixels} pixels came back as 0 that should not: NaN on the way becomes 0.`,
  CONSTANT: ({ value }) => `The same value (${value}) comes back everywhere: the picture does not reach the output.`,
  UNEXPLAINED: ({ error, unlike, stage }) =>
    unlike !== undefined
      ? 'The received picture is not the one that was sent, or nothing of it is left: check that the two belong together.'
      : stage === 'model'
        ? `The model's output is up to ${error} off what its input makes: look for feeds, outputs or buffers that are mixed up.`
        : `An error of ${error} of 255 steps remains that no known fault explains.`,
}

/** Findings as the public entries, in words, and whether they leave the picture faithful. */
export function toDiagnosis(findings: readonly Finding[], residual: number): Diagnosis {
  const faults = findings.map(({ code, evidence, alternatives, note }): Fault => {
    const message = messages[code]
    return {
      code,
      severity: note ? 'note' : 'fault',
      message: typeof message === 'function' ? message(evidence) : (message ?? code),
      evidence,
      alternatives,
    }
  })
  return { faithful: faults.every(({ severity }) => severity === 'note'), faults, residual }
}
