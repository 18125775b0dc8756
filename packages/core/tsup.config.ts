import { writeFile } from 'node:fs/promises'
import { defineConfig } from 'tsup'
import { manifestJsonSchema } from './scripts/manifest-schema.js'

export default defineConfig({
  entry: {
    index: 'src/index.ts',
    node: 'src/node/index.ts',
    dump: 'src/dump-files/index.ts',
    backend: 'src/backend/index.ts',
    canary: 'src/canary.ts',
    browser: 'src/browser/index.ts',
    // Not for import: a stable name for what translateStream() loads.
    stream: 'src/stream/stream.ts',
  },
  format: 'esm',
  target: 'es2022',
  dts: true,
  clean: true,
  async onSuccess() {
    await writeFile('dist/manifest.schema.json', `${JSON.stringify(manifestJsonSchema(), null, 2)}\n`)
  },
})
