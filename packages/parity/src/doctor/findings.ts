/** A code of the doctor's table with what was measured, before it is put into words. */
export interface Finding {
  readonly code: string
  readonly evidence: Readonly<Record<string, number | string>>
  readonly alternatives: readonly string[]
  readonly note?: true
}

/** A finding; `note` says that the picture is still faithful. */
export function finding(
  code: string,
  evidence: Finding['evidence'],
  alternatives: readonly string[] = [],
  note?: true,
): Finding {
  return {
    code,
    evidence,
    alternatives: [...new Set(alternatives)].filter((other) => other !== code).slice(0, 3),
    ...(note && { note }),
  }
}
