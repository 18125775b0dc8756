/** Red, green, blue and, where it is not 255, alpha of the pixel (x, y) of a cell of the given size. */
export type Painter = (
  x: number,
  y: number,
  width: number,
  height: number,
) => readonly [r: number, g: number, b: number, a?: number]

/** Where a part of the probe lies, in twelfths of the picture, and how it is painted. */
export interface Cell {
  readonly x: number
  readonly y: number
  readonly columns: number
  readonly rows: number
  readonly paint: Painter
}

// Away from 0 and 255, so that no wrong matrix or range clips.
const levels = [44, 100, 156, 212] as const

/** The parts of the probe; together they cover it. */
export function cells(): readonly Cell[] {
  return [
    { x: 0, y: 0, columns: 1, rows: 1, paint: corner([200, 60, 60], 0) },
    { x: 11, y: 0, columns: 1, rows: 1, paint: corner([60, 190, 70], 1) },
    { x: 0, y: 11, columns: 1, rows: 1, paint: corner([70, 80, 205], 2) },
    { x: 11, y: 11, columns: 1, rows: 1, paint: corner([205, 195, 60], 3) },
    { x: 1, y: 0, columns: 10, rows: 1, paint: (x, _y, width) => ramp(x, width, [40, 215], [215, 60], [90, 180]) },
    {
      x: 0,
      y: 1,
      columns: 1,
      rows: 10,
      paint: (_x, y, _w, height) => ramp(y, height, [210, 45], [70, 200], [50, 150]),
    },
    {
      x: 11,
      y: 1,
      columns: 1,
      rows: 10,
      paint: (_x, y, _w, height) => ramp(y, height, [36, 220], [36, 220], [36, 220]),
    },
    ...lattice(),
    { x: 5, y: 7, columns: 6, rows: 1, paint: noise },
    { x: 1, y: 8, columns: 3, rows: 3, paint: zonePlate },
    { x: 4, y: 8, columns: 2, rows: 3, paint: impulses },
    { x: 6, y: 8, columns: 2, rows: 3, paint: slantedEdge },
    { x: 8, y: 8, columns: 3, rows: 3, paint: chromaChecks },
    { x: 1, y: 11, columns: 10, rows: 1, paint: alphaStrip },
  ]
}

// 4 x 4 x 4 colours; the stride, coprime to 64, scatters neighbours so that no two shifts of the picture look alike.
function lattice(): Cell[] {
  return Array.from({ length: 64 }, (_, index) => {
    const code = (index * 27 + 11) % 64
    const level = (shift: number): number => levels[((code >> shift) & 3) as 0 | 1 | 2 | 3]
    const color = [level(0), level(2), level(4)] as const
    return { x: 1 + (index % 10), y: 1 + Math.floor(index / 10), columns: 1, rows: 1, paint: () => color }
  })
}

function ramp(
  at: number,
  length: number,
  ...ends: readonly [readonly [number, number], readonly [number, number], readonly [number, number]]
): readonly [number, number, number] {
  const t = length > 1 ? at / (length - 1) : 0
  const mix = ([from, to]: readonly [number, number]): number => from + t * (to - from)
  return [mix(ends[0]), mix(ends[1]), mix(ends[2])]
}

// An L on a grey ground: no mirror image or turn of one corner is another.
function corner(color: readonly [number, number, number], turn: number): Painter {
  return (x, y, width, height) => {
    const [u, v] = [(x + 0.5) / width, (y + 0.5) / height]
    const [p, q] = turn === 0 ? [u, v] : turn === 1 ? [v, 1 - u] : turn === 2 ? [1 - v, u] : [1 - u, 1 - v]
    return p < 0.35 || q > 0.75 ? color : [120, 120, 120]
  }
}

// Integer hash of Bob Jenkins' one-at-a-time kind: the same noise on every machine.
function noise(x: number, y: number): readonly [number, number, number] {
  const channel = (salt: number): number => {
    let h = Math.imul(x + 1, 0x9e3779b1) ^ Math.imul(y + 1, 0x85ebca6b) ^ Math.imul(salt, 0xc2b2ae35)
    h = Math.imul(h ^ (h >>> 15), 0x2c1b3c6d)
    h = Math.imul(h ^ (h >>> 12), 0x297a2d39)
    return 64 + (((h ^ (h >>> 15)) >>> 0) % 129)
  }
  return [channel(1), channel(2), channel(3)]
}

// Frequency grows from the corner and reaches Nyquist at the far edges: phase = pi r^2 / (2 side).
function zonePlate(x: number, y: number, width: number, height: number): readonly [number, number, number] {
  const value = 128 + 84 * Math.cos((Math.PI * (x * x)) / (2 * width) + (Math.PI * (y * y)) / (2 * height))
  return [value, value, value]
}

// One pixel each, at even and odd columns and rows in all four combinations.
function impulses(x: number, y: number): readonly [number, number, number] {
  const [column, row] = [Math.floor(x / 7), Math.floor(y / 7)]
  const lit = x % 7 === 2 + (column % 2) && y % 7 === 2 + (row % 2)
  return lit ? [216, 216, 216] : [72, 72, 72]
}

function slantedEdge(x: number, y: number, width: number, height: number): readonly [number, number, number] {
  const dark = x - width / 2 < (y - height / 2) * 0.2
  return dark ? [60, 70, 90] : [200, 190, 170]
}

// Two-pixel checks of one luma (BT.601) and opposite chroma.
function chromaChecks(x: number, y: number): readonly [number, number, number] {
  return ((x >> 1) + (y >> 1)) % 2 === 0 ? [190, 100, 100] : [64, 149, 164]
}

function alphaStrip(x: number, _y: number, width: number): readonly [number, number, number, number] {
  const step = Math.min(9, Math.floor((x * 10) / width))
  const color = step % 2 === 0 ? ([210, 170, 120] as const) : ([150, 200, 180] as const)
  return [...color, 32 + step * 22]
}
