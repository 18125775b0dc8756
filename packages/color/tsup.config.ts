import { defineConfig } from 'tsup'

// The .wasm files are there before: assembly/asconfig.json puts them into dist.
export default defineConfig({
  entry: { index: 'src/index.ts', webgpu: 'src/webgpu/index.ts' },
  format: 'esm',
  target: 'es2022',
  dts: true,
  clean: ['!**/*.wasm'],
})
