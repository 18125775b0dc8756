import type { ColorDiagnosis, ColorStory } from './color-fit.js'
import { round } from './color-models.js'
import { type Finding, finding } from './findings.js'

/** The findings of the colours; TRUNCATED is the values' to report. */
export function colorFindings({ chosen, equals }: ColorDiagnosis): Finding[] {
  const mine = codesOf(chosen)
  const rivals = equals.map(codesOf)
  return mine.map((code): Finding => finding(code, evidenceOf(code, chosen), alternativesTo(code, mine, rivals)))
}

function codesOf({ model, curve, normalization }: ColorStory): readonly string[] {
  return [...model.codes, ...(curve.code ? [curve.code] : []), ...(normalization ? ['NORMALIZATION'] : [])]
}

// A rival that differs in one code offers its own in place of ours.
function alternativesTo(
  code: string,
  mine: readonly string[],
  rivals: readonly (readonly string[])[],
): readonly string[] {
  return rivals.flatMap((theirs) => {
    const missing = mine.filter((own) => !theirs.includes(own))
    const added = theirs.filter((own) => !mine.includes(own))
    return missing.includes(code) && missing.length === added.length ? [added[missing.indexOf(code)]!] : []
  })
}

function evidenceOf(code: string, { model, curve, normalization }: ColorStory): Finding['evidence'] {
  if (code === 'GAMMA')
    return { curve: curve.name, ...(curve.exponent !== undefined && { exponent: round(curve.exponent) }) }
  if (code === 'NORMALIZATION' && normalization) {
    const list = (values: readonly number[]): string => values.map((value) => round(value)).join(' ')
    return { gain: list(normalization.gain), offset: list(normalization.offset) }
  }
  return model.evidence[code] ?? {}
}
