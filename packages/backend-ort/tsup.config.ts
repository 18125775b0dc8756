import { defineConfig } from 'tsup'

export default defineConfig({
  entry: ['src/index.ts', 'src/web.ts'],
  format: 'esm',
  target: 'es2022',
  dts: true,
  clean: true,
  // Left to the `imports` map of package.json, which the application's own bundler or Node reads.
  external: ['#onnxruntime-web', '#onnxruntime-web-webgpu'],
})
