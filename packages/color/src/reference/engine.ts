import { I2iError } from '../error.js'
import { createImage } from '../image.js'
import type { ColorEngine, RawImage } from '../types.js'
import { retireImage } from '../validate.js'
import { convert } from './convert.js'
import { pack } from './pack.js'
import { unpack } from './unpack.js'

/** The float64 truth that every other engine is held to: slow, obvious, in ordinary memory; allocate() stays within `maximumBytes`. */
export function referenceEngine(maximumBytes: number = Number.POSITIVE_INFINITY): ColorEngine {
  const live = new Map<RawImage, number>()
  let disposed = false
  const alive = (): void => {
    if (disposed) throw new I2iError('DISPOSED', 'This colour engine was disposed; open another.')
  }
  const release = (image: RawImage): void => {
    if (live.delete(image)) retireImage(image)
  }
  return {
    name: 'reference',
    allocate(format, width, height, colorSpace) {
      alive()
      const image = createImage(format, width, height, colorSpace)
      const bytes = image.planes.reduce((sum, { data }) => sum + data.byteLength, 0)
      const held = [...live.values()].reduce((sum, each) => sum + each, 0)
      if (held + bytes > maximumBytes) {
        throw new I2iError(
          'OUT_OF_MEMORY',
          `${bytes} bytes for ${format} ${width}x${height} beside the ${held} held pass the limit of ${maximumBytes}; dispose images, or raise memory.maximumBytes.`,
          { details: { bytes, held, maximumBytes } },
        )
      }
      const owned = { ...image, [Symbol.dispose]: () => release(owned) }
      live.set(owned, bytes)
      return owned
    },
    convert(image, to, into) {
      alive()
      return convert(image, to, into)
    },
    pack(image, tensor, options, into) {
      alive()
      return pack(image, tensor, options, into)
    },
    unpack(data, tensor, to, into) {
      alive()
      return unpack(data, tensor, to, into)
    },
    [Symbol.dispose]() {
      disposed = true
      for (const image of [...live.keys()]) release(image)
    },
  }
}
