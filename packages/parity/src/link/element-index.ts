/** Where a channel of a pixel lies in a tensor's numbers; `area` is width * height. */
export function elementIndex(
  layout: 'NCHW' | 'NHWC',
  channels: number,
  area: number,
): (pixel: number, channel: number) => number {
  return layout === 'NCHW' ? (pixel, channel) => channel * area + pixel : (pixel, channel) => pixel * channels + channel
}
