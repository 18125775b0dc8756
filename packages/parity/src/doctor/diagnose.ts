import type { RawImage } from '@i2i/core'
import { type Alignment, align, realign } from './align.js'
import { type Bands, compareBands } from './bands.js'
import { colorFindings } from './color-findings.js'
import { type ColorDiagnosis, type ColorStory, fitColors } from './color-fit.js'
import { round } from './color-models.js'
import { degenerate } from './degenerate.js'
import { type Finding, finding } from './findings.js'
import { colorPairs } from './flats.js'
import { geometryFaults } from './geometry-faults.js'
import { findHiddenResize, type HiddenResize } from './hidden-resize.js'
import { toDiagnosis } from './messages.js'
import { type Picture, readPicture } from './picture.js'
import { inPixels } from './resample.js'
import { findResizeChain, findStraightResize, type ResizeChain } from './resize-chain.js'
import { readTones, stepOf, type Tones, unexplainedFrom } from './tones.js'
import type { Diagnosis } from './types.js'
import { alphaFault, nanFault, render, toneFaults, truncationFault } from './values.js'

/**
 * Names what happened to a picture between where it was sent and where it was received: faults, and notes that leave it faithful.
 * `sent` is best a probeImage(); of a photograph less can be told. Sizes may differ. What nothing explains is `UNEXPLAINED`.
 */
export async function diagnose(sent: RawImage, received: RawImage): Promise<Diagnosis> {
  return diagnosePictures(await readPicture(sent), await readPicture(received))
}

/** diagnose() on float planes, which need not be of whole numbers. */
function diagnosePictures(sent: Picture, received: Picture): Diagnosis {
  if (sameColors(sent, received)) return toDiagnosis([], 0)
  const blunt = degenerate(sent, received)
  if (blunt) return toDiagnosis([blunt], 0)
  const alignment = align(sent, received)
  const tones = readTones(alignment.received, alignment.placed)
  const onFlat = colorPairs(alignment.placed, alignment.received, alignment.flat)
  const everywhere = alignment.flat.map(() => 1)
  const pairs = onFlat.length < 2 ? colorPairs(alignment.placed, alignment.received, everywhere) : onFlat
  if (alignment.unexplained > 0.5 || pairs.length < 2) {
    return toDiagnosis([finding('UNEXPLAINED', { unlike: round(alignment.unexplained) })], 255)
  }
  const first = account(alignment, tones, fitColors(pairs, tones))
  const { hidden } = first
  const spoilt = first.alpha.length > 0
  if (!hidden && spoilt) {
    const clear = realign(alignment, 1, 1, true)
    return conclude(account(clear, tones, first.colors))
  }
  if (!hidden || hidden.kernel === 'nearest' || Math.max(hidden.factorX, hidden.factorY) < 1.2) return conclude(first)
  const { scaleX, scaleY } = inPixels(alignment.placement, alignment.sent, alignment.received)
  const again = realign(alignment, hidden.factorX * scaleX, hidden.factorY * scaleY, spoilt)
  const softened = colorPairs(again.placed, again.received, again.flat)
  const colors = softened.length < 2 ? first.colors : fitColors(softened, tones)
  // Small patches lose their colour to a coarse size; where the size was made without averaging they keep it.
  if (colors.chosen.rms < first.colors.chosen.rms * 0.6) return conclude({ ...account(again, tones, colors), hidden })
  return conclude({ ...first, alignment: { ...alignment, placement: again.placement } })
}

/** Everything measured of a picture. */
interface Account {
  readonly alignment: Alignment
  readonly tones: Tones
  readonly colors: ColorDiagnosis
  readonly exact: Picture
  readonly bands: Bands
  readonly alpha: readonly Finding[]
  readonly straight?: ResizeChain
  readonly hidden?: HiddenResize
}

function account(alignment: Alignment, tones: Tones, colors: ColorDiagnosis): Account {
  const story = colors.chosen
  const { exact, shown } = render(alignment.placed, story, tones)
  const alpha = alphaFault(alignment, story, tones)
  const opaque = withoutAlpha(shown, alignment.placed, alpha.length > 0)
  const bands = compareBands(opaque, alignment.received)
  const straight = findStraightResize(alignment, story, tones)
  const hidden = straight ? undefined : findHiddenResize(alignment, bands, story.curve, tones)
  return { alignment, tones, colors, exact, bands, alpha, ...(straight && { straight }), ...(hidden && { hidden }) }
}

function conclude(account: Account): Diagnosis {
  const { alignment, tones, colors, exact, bands, alpha } = account
  const story = colors.chosen
  const found = account.hidden && findResizeChain(alignment, account.hidden, story, tones)
  const hidden = found === 'refuted' ? undefined : account.hidden
  const chain = found === 'refuted' ? undefined : (found ?? account.straight)
  const findings = [
    ...geometryFaults(alignment, hidden, chain),
    ...resizeFault(alignment, hidden, chain),
    ...colorFindings(colors).filter(({ code }) => code !== 'NORMALIZATION' || !bled(story, hidden)),
    ...truncationFault(alignment, exact, story, tones, hidden !== undefined || chain !== undefined),
    ...toneFaults(tones, story, exact),
    ...nanFault(alignment, exact, tones, hidden !== undefined),
    ...alpha,
  ]
  return toDiagnosis([...findings, ...remainder(alignment, bands, story.rms, tones, hidden)], round(bands.broadError))
}

/** Whether an affine is no more than what a coarse size does to small patches: their neighbours bleed into them. */
function bled({ normalization }: ColorStory, hidden: HiddenResize | undefined): boolean {
  if (!normalization || !hidden || Math.max(hidden.factorX, hidden.factorY) < 1.8) return false
  const { gain, offset } = normalization
  return gain.every((value, c) => Math.abs(value - 1) < 0.05 && Math.abs(value * 128 + offset[c]! - 128) < 2)
}

function resizeFault(
  { sent, received, dihedral, placement }: Alignment,
  hidden: HiddenResize | undefined,
  chain: ResizeChain | undefined,
): Finding[] {
  const { scaleX, scaleY } = inPixels(placement, sent, received)
  if (hidden) {
    const found = chain ?? hidden
    const [width, height] = dihedral.transposes ? [found.height, found.width] : [found.width, found.height]
    const size = { ...(width && { width }), ...(height && { height }) }
    return [finding('HIDDEN_RESIZE', { ...size, kernel: hidden.kernel }, width || height ? [] : ['UNEXPLAINED'])]
  }
  const uncropped = Math.abs(placement.ax - 1) < 0.02 && Math.abs(placement.ay - 1) < 0.02
  if (!uncropped || (sent.width === received.width && sent.height === received.height)) return []
  const smaller = Math.max(scaleX, scaleY) > 1.01
  const evidence = { width: received.width, height: received.height }
  // A larger picture that has all its detail lost nothing.
  return [finding('HIDDEN_RESIZE', evidence, [], smaller ? undefined : true)]
}

/** What is left when everything named is taken into account: notes for what is harmless, UNEXPLAINED for what is not. */
function remainder(
  { sent, received, placement }: Alignment,
  bands: Bands,
  flatError: number,
  tones: Tones,
  hidden: HiddenResize | undefined,
): Finding[] {
  const step = stepOf(tones)
  const { scaleX, scaleY, left, top } = inPixels(placement, sent, received)
  const resampled = [scaleX - 1, scaleY - 1, left - Math.round(left), top - Math.round(top)].some(
    (x) => Math.abs(x) > 1e-6,
  )
  // Where detail was resampled, block means differ by it: only the even places speak.
  const broad = !hidden && !resampled && bands.broadError > 2.5 + step * 0.3 && bands.strangeBlocks > 0.015
  if (flatError > unexplainedFrom(tones) || broad) {
    return [
      finding('UNEXPLAINED', {
        error: round(Math.max(flatError, bands.broadError)),
        blocks: round(bands.strangeBlocks),
      }),
    ]
  }
  if (hidden || resampled) return []
  if (bands.lumaGain < 0.8 || bands.lumaGain > 1.2 || bands.lumaMatch < 0.8) {
    return [finding('UNEXPLAINED', { error: round(bands.lumaError), detailGain: round(bands.lumaGain) })]
  }
  const notes: Finding[] = []
  const [thinX, thinY] = [bands.chromaGainX < 0.8, bands.chromaGainY < 0.8]
  if (thinX || thinY)
    notes.push(finding('CHROMA_SUBSAMPLED', { how: thinX && thinY ? '4:2:0' : thinX ? '4:2:2' : '4:4:0' }, [], true))
  if (bands.lumaError > 1.2 + step * 0.3 && bands.largest > 4 + step) {
    notes.push(finding('LOSSY_CODEC', { error: round(bands.lumaError), largest: round(bands.largest) }, [], true))
  }
  return notes
}

function withoutAlpha(shown: Picture, { alpha }: Picture, premultiplied: boolean): Picture {
  if (!alpha || !premultiplied) return shown
  const [r, g, b] = shown.planes.map((plane) => plane.map((value, i) => (alpha[i]! < 250 ? Number.NaN : value)))
  return { ...shown, planes: [r!, g!, b!] }
}

function sameColors(a: Picture, b: Picture): boolean {
  if (a.width !== b.width || a.height !== b.height) return false
  return a.planes.every((plane, c) => plane.every((value, i) => value === b.planes[c]![i]))
}
