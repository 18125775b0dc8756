import { defineConfig } from 'vite'
import { prepareAssets } from './build/assets.mjs'
import { policy } from './build/policy.mjs'

export default defineConfig(async ({ command }) => ({
  root: import.meta.dirname,
  // Relative, so that the built folder works under any path.
  base: './',
  publicDir: await prepareAssets(),
  // A font or picture written into the style sheet would be a data: URL, which the policy forbids.
  build: { target: 'es2022', assetsInlineLimit: 0, emptyOutDir: true, chunkSizeWarningLimit: 2000 },
  worker: { format: 'es' },
  server: { host: '127.0.0.1' },
  preview: { host: '127.0.0.1', headers: { 'content-security-policy': policy, 'x-content-type-options': 'nosniff' } },
  optimizeDeps: {
    exclude: ['onnxruntime-web', '@i2i/color', '@i2i/core', '@i2i/backend-ort', '@i2i/backend-tfjs', '@i2i/onnx'],
  },
  plugins: [command === 'build' && withPolicy],
}))

// The policy holds where no server sends it too. Not on the dev server, which writes styles into the page.
const withPolicy = {
  name: 'content-security-policy',
  transformIndexHtml: () => [
    {
      tag: 'meta',
      attrs: { 'http-equiv': 'Content-Security-Policy', content: policy },
      injectTo: 'head-prepend',
    },
  ],
}
