import { type RawImage, rawImage } from '@i2i/core'
import type { DumpCall, DumpPicture, DumpTensor } from './types.js'

/** The pictures of a call in the order written; the planes of one are put together. */
export function picturesOf({ tensors }: DumpCall): DumpPicture[] {
  const groups = new Map<string, DumpTensor[]>()
  for (const tensor of tensors) {
    if (!tensor.image) continue
    const key = `${tensor.stage}/${tensor.name}`
    groups.set(key, [...(groups.get(key) ?? []), tensor])
  }
  return [...groups.values()].map(pictureOf)
}

function pictureOf(planes: readonly DumpTensor[]): DumpPicture {
  const { stage, name, image } = planes[0]!
  const picture = { stage, name, about: image! }
  if (!planes.every(({ read }) => read)) return picture
  return { ...picture, read: () => readPicture(planes) }
}

async function readPicture(planes: readonly DumpTensor[]): Promise<RawImage> {
  const { format, width, height, colorSpace } = planes[0]!.image!
  const arrays = await Promise.all(planes.map((plane) => plane.read!()))
  return rawImage({
    format,
    width,
    height,
    colorSpace,
    planes: arrays.map(({ data, dims }) => ({
      data: data as Uint8Array,
      stride: dims.slice(1).reduce((product, size) => product * size, 1),
    })),
  })
}
