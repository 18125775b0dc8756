import { writeFile } from 'node:fs/promises'
import { I2iError } from '@i2i/core'
import type { Command } from 'commander'

/** How a command hands over what it found. */
export interface FindingsOptions {
  json?: boolean
  html?: string
}

/** What a command found, in each form. */
export interface Findings {
  /** False gives exit code 2. */
  readonly good: boolean
  readonly text: string
  readonly json: unknown
  html(): string | Promise<string>
}

/** The options that every command with findings has. */
export function withFindings(command: Command): Command {
  return command
    .option('--json', 'print everything as JSON')
    .option('--html <file>', 'write a report for people there: one page, no network')
}

/** Prints what was found, writes the report if asked to, and sets the exit code: 0 good, 2 not. @throws OPTION_INVALID */
export async function handOver(findings: Findings, { json, html }: FindingsOptions): Promise<void> {
  console.log(json ? JSON.stringify(findings.json, told, 2) : findings.text)
  if (html !== undefined) await writeReport(html, await findings.html())
  process.exitCode = findings.good ? 0 : 2
}

async function writeReport(path: string, text: string): Promise<void> {
  try {
    await writeFile(path, text)
  } catch (cause) {
    throw new I2iError('OPTION_INVALID', `cannot write the report ${path}; check that its folder exists`, { cause })
  }
}

// JSON has no infinities and no NaN: they are text, as in dumps.
function told(_key: string, value: unknown): unknown {
  return typeof value === 'number' && !Number.isFinite(value) ? String(value) : value
}
