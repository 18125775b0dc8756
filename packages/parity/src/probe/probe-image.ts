import { I2iError, type RawImage, rawImage } from '@i2i/core'
import { cells, type Painter } from './painters.js'

const smallest = 64
const largest = 8192

/**
 * The doctor's test picture: RGBA, opaque but for its alpha strip, the same bytes for the same size, every colour within 32..224.
 * It holds a colour lattice, chiral corner marks, ramps, impulses, a slanted edge, chroma checks, a zone plate, greys and noise.
 * @throws OPTION_INVALID for a side that is no integer of 64 to 8192
 */
export function probeImage(width: number, height: number): RawImage {
  for (const side of [width, height]) {
    if (Number.isInteger(side) && side >= smallest && side <= largest) continue
    throw new I2iError('OPTION_INVALID', `A probe side is ${side}; give an integer of ${smallest} to ${largest}.`, {
      details: { width, height },
    })
  }
  const data = new Uint8Array(width * height * 4)
  for (const { x, y, columns, rows, paint } of cells()) {
    fill(data, width, edges(x, columns, width), edges(y, rows, height), paint)
  }
  return rawImage({ format: 'RGBA', width, height, data })
}

// The picture is a grid of 12 x 12 cells at every size.
function edges(start: number, count: number, side: number): readonly [number, number] {
  return [Math.round((start * side) / 12), Math.round(((start + count) * side) / 12)]
}

function fill(
  data: Uint8Array,
  width: number,
  [left, right]: readonly [number, number],
  [top, bottom]: readonly [number, number],
  paint: Painter,
): void {
  for (let y = top; y < bottom; y++) {
    for (let x = left; x < right; x++) {
      const color = paint(x - left, y - top, right - left, bottom - top)
      data.set([color[0], color[1], color[2], color[3] ?? 255].map(Math.round), (y * width + x) * 4)
    }
  }
}
