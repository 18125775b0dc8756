import type { RawImage } from '@i2i/core'
import { type FaultInjector, injectFaults } from '@i2i/testkit/faults'
import { diagnose } from '../src/doctor/diagnose.js'
import type { Diagnosis } from '../src/doctor/types.js'

/** What the doctor made of one case. */
export interface Verdict {
  readonly truth: readonly string[]
  /** Codes named, or in the equivalence class of one that is. */
  readonly missed: readonly string[]
  /** Entries that name nothing that was done. */
  readonly surplus: readonly string[]
  readonly passed: boolean
  readonly diagnosis: Diagnosis
}

/** Injects, diagnoses and judges: every truth named, at most one entry more, at most three alternatives an entry. */
export async function judge(sent: RawImage, faults: readonly FaultInjector[], seed: number): Promise<Verdict> {
  const diagnosis = await diagnose(sent, await injectFaults(sent, faults, seed))
  const entries = diagnosis.faults.filter(({ severity }) => severity === 'fault')
  const truth = faults.map(({ code }) => code)
  // Colours that were multiplied by an alpha that got lost come as a note.
  const named = diagnosis.faults.flatMap(({ code, alternatives }) => [code, ...alternatives])
  const missed = truth.filter((code) => !named.includes(code))
  const allTrue = [...truth, ...faults.flatMap(({ also = [] }) => also)]
  const surplus = entries.filter((entry) => ![entry.code, ...entry.alternatives].some((code) => allTrue.includes(code)))
  const brief = entries.every(({ alternatives }) => alternatives.length <= 3)
  const passed = missed.length === 0 && surplus.length <= 1 && brief
  return { truth, missed, surplus: surplus.map(({ code }) => code), passed, diagnosis }
}

/** The confusion table as text: for each code how often it was injected, named, and what was named beside or instead. */
export function confusionTable(verdicts: readonly Verdict[]): string {
  const rows = new Map<string, { cases: number; named: number; others: Map<string, number> }>()
  for (const { truth, missed, surplus } of verdicts) {
    for (const code of truth) {
      const row = rows.get(code) ?? { cases: 0, named: 0, others: new Map() }
      rows.set(code, row)
      row.cases++
      if (!missed.includes(code)) row.named++
      for (const other of surplus) row.others.set(other, (row.others.get(other) ?? 0) + 1)
    }
  }
  const lines = [...rows]
    .toSorted(([a], [b]) => a.localeCompare(b))
    .map(([code, { cases, named, others }]) => {
      const beside = [...others].map(([other, count]) => `${other} ${count}`).join(', ')
      return `${code.padEnd(24)} ${String(named).padStart(3)} / ${String(cases).padEnd(3)} ${beside}`
    })
  return ['code                     named / cases  beside it', ...lines].join('\n')
}
