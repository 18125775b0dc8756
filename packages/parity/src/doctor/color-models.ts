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

const orders = ['BGR', 'RBG', 'GRB', 'GBR', 'BRG'] as const

/** Every combination of encode matrix, decode matrix, range, U/V exchange and channel order, the faultless one first. */
export function colorModels(): readonly ColorModel[] {
  made ??= distinct([...oneTrip(), ...twoTrips()].flatMap(ranged).flatMap(ordered))
  return made
}

let made: readonly ColorModel[] | undefined

/** Stories of one conversion to YUV and back. */
function oneTrip(): ColorModel[] {
  const stories = ranges.flatMap((range) =>
    names.flatMap((encode) =>
      names.flatMap((decode) => [false, true].map((exchanged): Story => ({ range, encode, decode, exchanged }))),
    ),
  )
  // Luma alone may have its range mistaken.
  const pale = ranges
    .slice(1)
    .flatMap((range) =>
      names.map((name): Story => ({ range: { ...range, chroma: 1 }, encode: name, decode: name, exchanged: false })),
    )
  return [...stories, ...pale].map((story) => ({ ...describe(story), map: throughYuv(story) }))
}

/** Stories where U and V are exchanged in one conversion, and the matrices differ in another. */
function twoTrips(): ColorModel[] {
  const trips = oneTrip().filter(({ codes }) => codes.length === 1)
  const swaps = trips.filter(({ codes }) => codes[0] === 'CHROMA_SWAPPED')
  const matrices = trips.filter(({ codes }) => codes[0]!.startsWith('MATRIX'))
  return swaps.flatMap((swap) => matrices.flatMap((matrix) => [after(swap, matrix), after(matrix, swap)]))
}

/** The second model applied to what the first left. */
function after(first: ColorModel, second: ColorModel): ColorModel {
  const map = second.map.map((row) => {
    const sum = (k: number): number =>
      row[0] * first.map[0]![k]! + row[1] * first.map[1]![k]! + row[2] * first.map[2]![k]!
    return four([sum(0), sum(1), sum(2), sum(3) + row[3]])
  })
  return { codes: [...first.codes, ...second.codes], evidence: { ...first.evidence, ...second.evidence }, map }
}

/** The model, and the same with the range mistaken on RGB, where chroma scales as luma does. */
function ranged(model: ColorModel): ColorModel[] {
  if (model.codes.some((code) => code.startsWith('RANGE'))) return [model]
  const mistaken = ranges.slice(1).map(({ code, luma, offset }): ColorModel => {
    const rows = [0, 1, 2].map((c) => four([...[0, 1, 2].map((k) => (k === c ? luma : 0)), offset]))
    const evidence = { [code!]: { gain: round(luma), offset: round(offset) } }
    return { codes: [code!], evidence, map: rows }
  })
  return [model, ...mistaken.map((range) => after(model, range))]
}

// The channel order goes wrong after the colours or before them, which mixes differently.
function ordered(model: ColorModel): ColorModel[] {
  const swapped = (order: string, where: string): ColorModel => ({
    codes: ['CHANNELS_SWAPPED'],
    evidence: { CHANNELS_SWAPPED: { order, where } },
    map: [...order].map((channel) => four([...'RGB0'].map((own) => (own === channel ? 1 : 0)))),
  })
  const mixes = model.codes.some((code) => !code.startsWith('RANGE'))
  return [
    model,
    ...orders.flatMap((order) =>
      mixes
        ? [
            after(model, swapped(order, 'after the colour conversion')),
            after(swapped(order, 'before the colour conversion'), model),
          ]
        : [after(model, swapped(order, 'anywhere'))],
    ),
  ]
}

/** The models whose maps differ, those of the fewest faults first. */
function distinct(models: readonly ColorModel[]): readonly ColorModel[] {
  const found = new Map<string, ColorModel>()
  for (const model of models.toSorted((a, b) => a.codes.length - b.codes.length)) {
    const key = model.map.map((row) => row.map((value) => Math.round(value * 1e5)).join(' ')).join(' ')
    if (!found.has(key)) found.set(key, model)
  }
  return [...found.values()]
}

interface Story {
  readonly range: Range
  readonly encode: MatrixName
  readonly decode: MatrixName
  readonly exchanged: boolean
}

function describe({ range, encode, decode, exchanged }: Story): Omit<ColorModel, 'map'> {
  const entries: [string, Record<string, number | string>][] = []
  if (exchanged) entries.push(['CHROMA_SWAPPED', encode === decode ? { matrix: `BT.${encode}` } : {}])
  if (encode !== decode)
    entries.push([`MATRIX_${encode}_AS_${decode}`, { encoded: `BT.${encode}`, decoded: `BT.${decode}` }])
  if (range.code) entries.push([range.code, { gain: round(range.luma), offset: round(range.offset) }])
  return { codes: entries.map(([code]) => code), evidence: Object.fromEntries(entries) }
}

function throughYuv({ encode, decode, range, exchanged }: Story): ColorMap {
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
