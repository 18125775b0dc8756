// Builds the page and serves it to this machine alone. PORT chooses the port, 0 any; without it, or where it is taken, it is the first free
// one from there on. OUT_DIR is where the built page goes, dist by default.
import { fileURLToPath } from 'node:url'
import { build, preview } from 'vite'

const configFile = fileURLToPath(new URL('vite.config.mjs', import.meta.url))
const wanted = process.env.PORT
if (wanted !== undefined && !/^\d{1,5}$/.test(wanted)) {
  console.error(`PORT is "${wanted}"; give a number from 0 to 65535, or leave it out`)
  process.exit(1)
}

const outDir = process.env.OUT_DIR ?? 'dist'
await build({ configFile, logLevel: 'error', build: { outDir } })
const server = await preview({
  configFile,
  logLevel: 'error',
  build: { outDir },
  preview: { port: Number(wanted ?? 4173) },
})
console.log(`\n  The demo is at ${server.resolvedUrls.local[0]}\n  Ctrl+C ends it.\n`)
