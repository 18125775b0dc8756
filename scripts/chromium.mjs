// Finds a Chromium for the browser tests, or installs one; the tests never skip for want of a browser.
import { execFileSync, spawnSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { chromium } from 'playwright'

const usualPaths = [
  '/usr/bin/chromium',
  '/usr/bin/chromium-browser',
  '/usr/bin/google-chrome',
  '/usr/bin/google-chrome-stable',
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
  '/Applications/Chromium.app/Contents/MacOS/Chromium',
  'C:\\Program Files\\Google\\Chrome\\Application\\chrome.exe',
]

/** The path of a Chromium that runs here. Throws with a remedy when none can be had. */
export function findChromium() {
  const named = process.env.CHROMIUM_PATH
  if (named) {
    if (existsSync(named)) return named
    throw new Error(`CHROMIUM_PATH names ${named}, which does not exist`)
  }
  return firstThatExists() ?? (installFromDebian() || installFromPlaywright() || undefined) ?? giveUp()
}

function firstThatExists() {
  return [...usualPaths, chromium.executablePath()].find((path) => path && existsSync(path))
}

function installFromDebian() {
  if (!isDebian() || process.getuid?.() !== 0) return undefined
  console.log('No Chromium found: installing the Debian package "chromium"')
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' }
  const apt = (...args) => execFileSync('apt-get', args, { stdio: 'inherit', env })
  try {
    apt('update', '-q')
    apt('install', '-q', '-y', '--no-install-recommends', 'chromium')
  } catch (error) {
    console.error(String(error))
  }
  return firstThatExists()
}

function isDebian() {
  return existsSync('/etc/os-release') && /^ID(_LIKE)?=.*debian/m.test(readFileSync('/etc/os-release', 'utf8'))
}

function installFromPlaywright() {
  console.log('No Chromium found: asking Playwright to fetch one')
  spawnSync(process.execPath, ['node_modules/playwright/cli.js', 'install', 'chromium'], { stdio: 'inherit' })
  return firstThatExists()
}

function giveUp() {
  throw new Error(
    'The browser tests need Chromium and none could be found or installed. Install one (Debian: apt-get install chromium) and set CHROMIUM_PATH to it.',
  )
}
