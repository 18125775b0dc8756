/** A linear colour map: rows of three weights and an offset, in 8-bit steps. */
type ColorMap = readonly (readonly [number, number, number, number])[]

/** A fault of colour that maps RGB to RGB linearly, with the codes that make it up (none: no fault). */
export interface ColorModel {
  readonly codes: readonly string[]
  readonly map: ColorMap
  readonly evidence: Readonly<Record<string, Readonly<Record<string, number | string>>>>
}

// BT.601, BT.709 and BT.2020 (ITU-R): Kr and Kb.
const matrices = { '601': [0.299, 0.114], '709': [0.2126, 0.0722], '2020': [0.2627, 0.0593] } as const
type MatrixName = keyof typeof matrices
const names: readonly MatrixName[] = ['601', '709', '2020']

interface Range {
  readonly code?: string
  readonly luma: number
  readonly chroma: number
  readonly offset: number
}

const ranges: readonly Range[] = [
  { luma: 1, chroma: 1, offset: 0 },
  { code: 'RANGE_LIMITED_AS_FULL', luma: 219 / 255, chroma: 224 / 255, offset: 16 },
  { code: 'RANGE_FULL_AS_LIMITED', luma: 255 / 219, chroma: 255 / 224, offset: (-16 * 255) / 219 },
]

const orders = ['RGB', 'BGR', 'RBG', 'GRB', 'GBR', 'BRG'] as const

/** Every combination of encode matrix, decode matrix, range, U/V exchange and channel order, the faultless one first. */
export function colorModels(): readonly ColorModel[] {
  const result: ColorModel[] = []
  for (const range of ranges)
    for (const encode of names)
      for (const decode of names)
        for (const exchanged of [false, true]) {
          // Matched matrices leave no trace but through U/V or range; one of them stands for all in a faultless link.
          if (encode === decode && encode !== '601' && !exchanged && range.code === undefined) continue
          const yuv = throughYuv(encode, decode, range, exchanged)
          result.push(...ordered(yuv, { range, encode, decode, exchanged }))
        }
  for (const range of ranges.slice(1)) {
    const map: ColorMap = [0, 1, 2]
      .map((c) => [c === 0, c === 1, c === 2].map((on) => (on ? range.luma : 0)).concat(range.offset))
      .map(four)
    result.push(...ordered(map, { range, encode: '601', decode: '601', exchanged: false }))
  }
  return result.toSorted((a, b) => a.codes.length - b.codes.length)
}

interface Story {
  readonly range: Range
  readonly encode: MatrixName
  readonly decode: MatrixName
  readonly exchanged: boolean
}

// The channel order goes wrong after the colours (any order), or BGR before them, which mixes differently.
function ordered(map: ColorMap, story: Story): ColorModel[] {
  const plain = describe(story)
  const mixes = plain.codes.length > 0
  const swapped = (order: string, where: string): Pick<ColorModel, 'codes' | 'evidence'> => ({
    codes: ['CHANNELS_SWAPPED', ...plain.codes],
    evidence: { ...plain.evidence, CHANNELS_SWAPPED: { order, where } },
  })
  const after = orders.map((order): ColorModel => {
    const rows = [...order].map((channel) => map['RGB'.indexOf(channel)]!)
    return order === 'RGB'
      ? { ...plain, map }
      : { ...swapped(order, mixes ? 'after the colour conversion' : 'anywhere'), map: rows }
  })
  if (!mixes) return after
  const before = map.map(([r, g, b, offset]) => four([b, g, r, offset]))
  return [...after, { ...swapped('BGR', 'before the colour conversion'), map: before }]
}

function describe({ range, encode, decode, exchanged }: Story): Omit<ColorModel, 'map'> {
  const entries: [string, Record<string, number | string>][] = []
  if (exchanged) entries.push(['CHROMA_SWAPPED', encode === decode ? { matrix: `BT.${encode}` } : {}])
  if (encode !== decode)
    entries.push([`MATRIX_${encode}_AS_${decode}`, { encoded: `BT.${encode}`, decoded: `BT.${decode}` }])
  if (range.code) entries.push([range.code, { gain: round(range.luma), offset: round(range.offset) }])
  return { codes: entries.map(([code]) => code), evidence: Object.fromEntries(entries) }
}

function throughYuv(encode: MatrixName, decode: MatrixName, range: Range, exchanged: boolean): ColorMap {
  const [kr, kb] = matrices[encode]
  const [dr, db] = matrices[decode]
  const [kg, dg] = [1 - kr - kb, 1 - dr - db]
  const images = [
    [1, 0, 0],
    [0, 1, 0],
    [0, 0, 1],
  ].map(([r, g, b]) => {
    const y = kr * r! + kg * g! + kb * b!
    const u = ((b! - y) / (2 * (1 - kb))) * range.chroma
    const v = ((r! - y) / (2 * (1 - kr))) * range.chroma
    const [p, q] = exchanged ? [v, u] : [u, v]
    const l = y * range.luma
    return [l + 2 * (1 - dr) * q, l - (2 * db * (1 - db) * p + 2 * dr * (1 - dr) * q) / dg, l + 2 * (1 - db) * p]
  })
  return [0, 1, 2].map((c) => [images[0]![c]!, images[1]![c]!, images[2]![c]!, range.offset])
}

function four(row: readonly number[]): readonly [number, number, number, number] {
  return [row[0]!, row[1]!, row[2]!, row[3]!]
}

/** Three decimals are what evidence is read at. */
export function round(value: number): number {
  return Math.round(value * 1000) / 1000
}
