import { type ColorEngine, float16ToNumber, I2iError, rawImage } from '@i2i/color'
import { type Output, outputsOf, tensorFormat } from './bindings.js'
import type { ModelManifest, Variant } from './manifest.js'
import { paramFeeds } from './params.js'
import type { Session, Tensor } from './ports.js'

/** Seed, tolerance and digest of a variant; see docs/manifest.md. */
export type Canary = NonNullable<Variant['canary']>

// Some drivers compute their first run right and a later one wrong, or the other way round.
const runs = 3
const grid = 4

/**
 * Runs the model on its canary picture `runs` times and holds each result against the digest.
 * @throws BACKEND_UNAVAILABLE naming the first number that differs
 */
export async function checkCanary(
  manifest: ModelManifest,
  session: Session,
  color: ColorEngine,
  { seed, tolerance, digest }: Canary,
  onRun?: (done: number, total: number) => void,
): Promise<void> {
  for (let run = 1; run <= runs; run++) {
    const found = await canaryDigest(manifest, session, color, seed)
    const wrong =
      found.length === digest.length
        ? found.findIndex((value, i) => !(Math.abs(value - (digest[i] ?? Number.NaN)) <= tolerance))
        : Math.min(found.length, digest.length)
    if (wrong >= 0) {
      throw new I2iError(
        'BACKEND_UNAVAILABLE',
        `it computes the model wrongly: number ${wrong + 1} of the canary's digest is ${found[wrong]}, not ${digest[wrong]} (tolerance ${tolerance}, run ${run} of ${runs}). If every runtime says so, the digest is of other weights or of another binding of the manifest's input (channels, mean, std): mend that, or make the digest anew with i2i canary`,
        { details: { run, index: wrong, found, digest } },
      )
    }
    onRun?.(run, runs)
  }
}

/** The digest of one run on the canary picture: for each channel of each image and mask output, the means of a 4x4 grid of blocks. */
export async function canaryDigest(
  manifest: ModelManifest,
  session: Session,
  color: ColorEngine,
  seed: number,
): Promise<number[]> {
  const outputs = outputsOf(manifest, false).filter(({ role }) => role !== 'data')
  const fetch = [...new Set(outputs.map(({ tensor }) => tensor))]
  const results = await session.run(canaryFeeds(manifest, color, seed), { fetch })
  return outputs.flatMap((output) => blockMeans(output, results[output.tensor]))
}

/** What the model is fed: its canary picture as a tensor, and the defaults of its parameters. */
export function canaryFeeds(manifest: ModelManifest, color: ColorEngine, seed: number): Record<string, Tensor> {
  const { input } = manifest
  using packed = color.pack(canaryPicture(manifest, seed), tensorFormat(input, canarySize(manifest)))
  const { dtype, dims, data } = packed
  return { [input.tensor]: { location: 'cpu', dtype, dims, data: data.slice() }, ...paramFeeds(manifest) }
}

/** The model's own size, or the first square of at least 64 that it takes. */
function canarySize({ input: { size } }: ModelManifest): { width: number; height: number } {
  if ('width' in size) return size
  const side = Math.ceil(64 / size.multipleOf) * size.multipleOf
  return { width: side, height: side }
}

/** 5x5 patches of random colours under noise: patches, so that every block has a mean of its own. RGBA. */
function canaryPicture(manifest: ModelManifest, seed: number) {
  const { width, height } = canarySize(manifest)
  const byte = randomBytes(seed)
  const patches = Uint8Array.from({ length: 5 * 5 * 4 }, byte)
  const data = new Uint8Array(width * height * 4)
  for (let i = 0; i < data.length; i++) {
    const pixel = i >> 2
    const column = Math.floor(((pixel % width) * 5) / width)
    const row = Math.floor((Math.floor(pixel / width) * 5) / height)
    data[i] = ((patches[(row * 5 + column) * 4 + (i & 3)] ?? 0) * 3 + byte()) >> 2
  }
  return rawImage({ format: 'RGBA', width, height, data })
}

/** The top bytes of a linear congruential generator (Numerical Recipes' constants). */
function randomBytes(seed: number): () => number {
  let state = seed >>> 0
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0
    return state >>> 24
  }
}

function blockMeans({ layout, binding, slice }: Output, tensor: Tensor | undefined): number[] {
  if (tensor?.location !== 'cpu') return []
  const { data, dims, dtype } = tensor
  const planar = (binding?.layout ?? layout) === 'NCHW'
  const [height = 0, width = 0, channels = 0] = planar ? [dims[2], dims[3], dims[1]] : dims.slice(1)
  const [stepX, stepC] = planar ? [1, height * width] : [channels, 1]
  const number = dtype === 'float16' ? float16ToNumber : (value: number) => value
  const means: number[] = []
  const [from, to] = slice ?? [0, channels]
  for (let c = from; c < to; c++) {
    for (let block = 0; block < grid * grid; block++) {
      const [top, bottom] = bounds(Math.floor(block / grid), height)
      const [left, right] = bounds(block % grid, width)
      let sum = 0
      for (let y = top; y < bottom; y++) {
        for (let x = left; x < right; x++) sum += number(Number(data[c * stepC + (y * width + x) * stepX]))
      }
      means.push(sum / ((bottom - top) * (right - left)))
    }
  }
  return means
}

// Blocks of a side shorter than the grid overlap, so that none is empty.
function bounds(block: number, side: number): readonly [number, number] {
  const from = Math.floor((block * side) / grid)
  return [from, Math.max(from + 1, Math.floor(((block + 1) * side) / grid))]
}
