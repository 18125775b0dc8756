import { createImage, type RawImage } from '@i2i/core'

/** An I420 picture with its last column and row once more where their number is odd; chroma has a sample for them already. */
export function evenSides(image: RawImage): RawImage {
  const { width, height, planes, colorSpace } = image
  const [right, bottom] = [width % 2, height % 2]
  if (!right && !bottom) return image
  const even = createImage('I420', width + right, height + bottom, colorSpace)
  planes.forEach(({ data, stride }, index) => {
    const to = even.planes[index]!
    const rows = to.data.length / to.stride
    const luma = index === 0
    const [wide, high] = luma ? [width, height] : [to.stride, rows]
    for (let row = 0; row < rows; row++) {
      const from = Math.min(row, high - 1) * stride
      to.data.set(data.subarray(from, from + wide), row * to.stride)
      if (wide < to.stride) to.data[row * to.stride + wide] = data[from + wide - 1]!
    }
  })
  return even
}
