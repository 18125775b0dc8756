import { defineConfig } from 'tsup'

export default defineConfig({
  entry: { main: 'src/main.ts', video: 'src/video/index.ts' },
  format: 'esm',
  target: 'es2022',
  dts: { entry: { video: 'src/video/index.ts' } },
  clean: true,
})
