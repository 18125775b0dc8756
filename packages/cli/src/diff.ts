import {
  compareDumps,
  comparisonReport,
  comparisonText,
  dumpConcerns,
  dumpReport,
  dumpText,
  dumpVerdict,
} from '@i2i/parity'
import { readDump } from '@i2i/parity/node'
import { Command } from 'commander'
import { type FindingsOptions, handOver, withFindings } from './findings.js'

/** `i2i diff`: the first stage at which two dumps part. */
export function diffCommand(): Command {
  const command = new Command('diff')
    .description('Compare two dumps and name the first stage that diverges.')
    .argument('<dumpA>', 'a folder that directoryDump() or --dump wrote')
    .argument('<dumpB>', 'another')
  return withFindings(command).action(async (pathA: string, pathB: string, options: FindingsOptions) => {
    // Hashes are checked as the numbers are read for the comparison.
    const [a, b] = [await readDump(pathA, { hashes: false }), await readDump(pathB, { hashes: false })]
    const comparison = await compareDumps(a, b)
    const { equal } = comparison
    const text = comparisonText(comparison)
    await handOver({ good: equal, text, json: comparison, html: () => comparisonReport(a, b, comparison) }, options)
  })
}

/** `i2i report`: what a dump says. */
export function reportCommand(): Command {
  const command = new Command('report')
    .description('Check a dump (hashes, NaN, constant results) and show what is in it.')
    .argument('<dump>', 'a folder that directoryDump() or --dump wrote')
  return withFindings(command).action(async (path: string, options: FindingsOptions) => {
    const dump = await readDump(path)
    const concerns = dumpConcerns(dump)
    const json = { verdict: dumpVerdict(dump), concerns, run: dump.run, calls: dump.calls }
    const html = () => dumpReport(dump)
    await handOver({ good: concerns.length === 0, text: dumpText(dump), json, html }, options)
  })
}
