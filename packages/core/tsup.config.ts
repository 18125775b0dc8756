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
    worker: 'src/worker/index.ts',
    store: 'src/store/index.ts',
    // Not for import: stable names for what is loaded at first use.
    browser: 'src/browser/index.ts',
    'dump-tap': 'src/dump-tap.ts',
    gpu: 'src/gpu/index.ts',
    stream: 'src/stream/stream.ts',
    'file-system': 'src/model-files/file-system.ts',
    'read-model': 'src/model-files/read-model.ts',
  },
  format: 'esm',
  target: 'es2022',
  dts: true,
  clean: true,
  async onSuccess() {
    await writeFile('dist/manifest.schema.json', `${JSON.stringify(manifestJsonSchema(), null, 2)}\n`)
  },
})
