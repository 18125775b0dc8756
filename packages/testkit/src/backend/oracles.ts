/** An NCHW feature map of one picture, in float64. */
export interface FeatureMap {
  readonly channels: number
  readonly height: number
  readonly width: number
  readonly data: Float64Array
}

const at = (list: ArrayLike<number>, index: number): number => list[index] ?? Number.NaN

/** 3x3 convolution, stride 1, zeros outside, plus bias; weights are [out][in][3][3] (ONNX Conv). */
export function conv3x3(input: FeatureMap, weights: ArrayLike<number>, bias: ArrayLike<number>): FeatureMap {
  const { channels, height, width } = input
  const data = new Float64Array(bias.length * height * width)
  for (let o = 0; o < bias.length; o++) {
    for (let y = 0; y < height; y++) {
      for (let x = 0; x < width; x++) {
        let sum = at(bias, o)
        for (let c = 0; c < channels; c++) {
          for (let ky = 0; ky < 3; ky++) {
            for (let kx = 0; kx < 3; kx++) {
              const iy = y + ky - 1
              const ix = x + kx - 1
              if (iy < 0 || iy >= height || ix < 0 || ix >= width) continue
              sum +=
                at(input.data, (c * height + iy) * width + ix) * at(weights, ((o * channels + c) * 3 + ky) * 3 + kx)
            }
          }
        }
        data[(o * height + y) * width + x] = sum
      }
    }
  }
  return { channels: bias.length, height, width, data }
}

/** max(x, 0). */
export function relu(input: FeatureMap): FeatureMap {
  return { ...input, data: input.data.map((value) => Math.max(value, 0)) }
}

/** The channels of `a`, then those of `b`. */
export function concatChannels(a: FeatureMap, b: FeatureMap): FeatureMap {
  const data = new Float64Array(a.data.length + b.data.length)
  data.set(a.data)
  data.set(b.data, a.data.length)
  return { ...a, channels: a.channels + b.channels, data }
}

/** Each pixel `scale` times `scale` times. */
export function enlargeNearest(input: FeatureMap, scale: number): FeatureMap {
  const height = input.height * scale
  const width = input.width * scale
  const data = new Float64Array(input.channels * height * width)
  for (let c = 0; c < input.channels; c++) {
    for (let y = 0; y < height; y++) {
      for (let x = 0; x < width; x++) {
        const source = (c * input.height + Math.floor(y / scale)) * input.width + Math.floor(x / scale)
        data[(c * height + y) * width + x] = at(input.data, source)
      }
    }
  }
  return { channels: input.channels, height, width, data }
}
