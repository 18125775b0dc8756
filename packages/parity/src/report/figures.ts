import type { RawImage } from '@i2i/core'
import { createImage, openColorEngine } from '@i2i/core'
import { imagePng } from '@i2i/core/dump'
import { type DifferencePicture, heat } from '../images/difference.js'
import { number } from './format.js'
import { badge, type Html, html } from './html.js'

// A page with a dozen pictures should still open on a phone.
const longestSide = 1024

/** A picture with its caption, embedded as PNG; sides above 1024 pixels are shrunk by a whole factor, which the caption says. */
export async function figure(image: RawImage, caption: string): Promise<Html> {
  const { width, height } = image
  const small = await reduced(image)
  const source = `data:image/png;base64,${base64(await imagePng(small))}`
  const shrunk = small === image ? '' : `, shown at ${small.width}x${small.height}`
  // Few pixels are shown as squares instead of a blur.
  const kind = Math.max(width, height) <= 160 ? 'pixels' : 'photo'
  return html`<figure class="${kind}" style="--ratio:${(small.width / small.height).toFixed(4)}"><img src="${source}" width="${small.width}" height="${small.height}" alt="${caption}">
<figcaption>${caption} <span class="soft">(${width}x${height}${shrunk})</span></figcaption></figure>`
}

/** A difference picture with the scale of its colours, or that there is none; `what` differs: "in 8-bit steps", "of input". */
export async function heatFigure({ image, peak, largest }: DifferencePicture, what: string): Promise<Html> {
  if (largest === 0) return html`<p>${badge('good', 'Not a sample differs.')}</p>`
  const picture = await figure(image, `Difference ${what}: black is 0, white ${number(peak)} or more`)
  return html`<div>${picture}${scale(peak, what)}</div>`
}

/** The colours of a heat map and what they stand for. */
function scale(peak: number, what: string): Html {
  const steps = 24
  const cells = Array.from({ length: steps }, (_, i) => {
    const [red, green, blue] = heat(i / (steps - 1))
    return html`<rect x="${i * 15}" y="0" width="15.5" height="12" fill="rgb(${red},${green},${blue})"/>`
  })
  return html`<svg viewBox="0 0 360 30" role="img" aria-label="Scale of the difference ${what}, from 0 to ${number(peak)}">${cells}
<text x="0" y="26">0</text><text x="180" y="26" text-anchor="middle">${number(peak / 2)}</text><text x="360" y="26" text-anchor="end">${number(peak)}</text></svg>`
}

/** Figures in a row that wraps. */
export function pictureRow(figures: readonly Html[]): Html {
  return html`<div class="pictures">${[...figures]}</div>`
}

async function reduced(image: RawImage): Promise<RawImage> {
  const factor = Math.ceil(Math.max(image.width, image.height) / longestSide)
  if (factor === 1) return image
  using engine = await openColorEngine()
  const from = engine.convert(image, { format: 'RGBA' })
  const [width, height] = [Math.floor(from.width / factor) || 1, Math.floor(from.height / factor) || 1]
  const to = createImage('RGBA', width, height)
  const [source, target] = [from.planes[0]!, to.planes[0]!]
  // The largest of a block instead of its mean would bias a photograph; a mean hides no fault that covers more than a pixel.
  for (let y = 0; y < height; y++)
    for (let x = 0; x < width; x++)
      for (let c = 0; c < 4; c++) target.data[y * target.stride + x * 4 + c] = blockMean(source, x, y, c, factor, from)
  return to
}

function blockMean(
  { data, stride }: RawImage['planes'][number],
  x: number,
  y: number,
  channel: number,
  factor: number,
  { width, height }: RawImage,
): number {
  let [sum, count] = [0, 0]
  for (let row = y * factor; row < Math.min(height, (y + 1) * factor); row++)
    for (let column = x * factor; column < Math.min(width, (x + 1) * factor); column++) {
      sum += data[row * stride + column * 4 + channel]!
      count++
    }
  return Math.round(sum / count)
}

function base64(bytes: Uint8Array): string {
  let text = ''
  // In pieces: an argument list has its limits.
  for (let i = 0; i < bytes.length; i += 0x8000) text += String.fromCharCode(...bytes.subarray(i, i + 0x8000))
  return btoa(text)
}
