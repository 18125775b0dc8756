// Runs every test, Node and browser, and passes further arguments on to vitest.
import { spawnSync } from 'node:child_process'
import { findChromium } from './chromium.mjs'
import { ffmpegEnvironment } from './ffmpeg.mjs'
import { fetchHumanModels } from './human-models.mjs'
import { vulkanEnvironment } from './vulkan.mjs'

const chromium = findChromium()
fetchHumanModels()
const env = { ...process.env, CHROMIUM_PATH: chromium, ...vulkanEnvironment(chromium), ...ffmpegEnvironment() }
const vitest = ['node_modules/vitest/vitest.mjs', 'run', ...process.argv.slice(2)]
const { status } = spawnSync(process.execPath, vitest, { stdio: 'inherit', env })
process.exit(status ?? 1)
