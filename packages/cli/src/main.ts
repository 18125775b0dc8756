import { readFileSync } from 'node:fs'
import { isI2iError } from '@i2i/core'
import { Command } from 'commander'
import { bisectCommand } from './bisect.js'
import { canaryCommand } from './canary.js'
import { diffCommand, reportCommand } from './diff.js'
import { inspectCommand } from './inspect.js'
import { linkCommand, probeCommand } from './link.js'
import { parityTableCommand } from './parity-table.js'
import { runCommand } from './run.js'
import { Stopped } from './stopped.js'
import { videoCommand } from './video.js'

const { version } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')) as { version: string }

const program = new Command('i2i')
  .description(
    'Image-to-image models on the command line: run them on pictures and videos, look inside them, find what goes wrong.',
  )
  .version(version)
  .showHelpAfterError('(i2i --help shows what there is)')
  .addCommand(runCommand())
  .addCommand(videoCommand())
  .addCommand(inspectCommand())
  .addCommand(probeCommand())
  .addCommand(linkCommand())
  .addCommand(reportCommand())
  .addCommand(diffCommand())
  .addCommand(bisectCommand())
  .addCommand(parityTableCommand())
  .addCommand(canaryCommand())

try {
  await program.parseAsync()
} catch (error) {
  // An i2i error says what to do; the stack of anything else is the report of a bug.
  if (error instanceof Stopped) console.error(`i2i: ${error.message}`)
  else if (isI2iError(error)) console.error(`i2i: ${error.code}: ${error.message}`)
  else console.error(error)
  process.exitCode = error instanceof Stopped ? error.exitCode : 1
}
