import { playwright } from '@vitest/browser-playwright'
import { defineConfig } from 'vitest/config'

const chromium = process.env['CHROMIUM_PATH'] ?? '/usr/bin/chromium'

// SwiftShader's Vulkan driver stands in for a GPU; the rest keeps Chromium from calling out.
const chromiumArgs = [
  '--no-sandbox',
  '--enable-unsafe-webgpu',
  '--use-webgpu-adapter=swiftshader',
  '--enable-features=Vulkan',
  '--use-vulkan=swiftshader',
  '--use-angle=swiftshader',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
]

export default defineConfig({
  test: {
    projects: [
      {
        test: {
          name: 'node',
          include: ['packages/*/test/**/*.test.ts', 'test/**/*.test.ts'],
          testTimeout: 120_000,
          hookTimeout: 180_000,
        },
      },
      {
        optimizeDeps: {
          exclude: ['onnxruntime-web', '@i2i/color', '@i2i/core', '@i2i/backend-ort', '@i2i/backend-tfjs', '@i2i/onnx'],
          // Found in the middle of a run they would make Vite reload the page, and the tests with it.
          include: [
            '@i2i/core > valibot',
            '@i2i/core > mediabunny',
            '@i2i/core > fflate',
            '@i2i/testkit > fast-check',
            ...['core', 'converter', 'backend-cpu', 'backend-wasm', 'backend-webgpu'].map(
              (part) => `@i2i/backend-tfjs > @tensorflow/tfjs-${part}`,
            ),
          ],
        },
        test: {
          name: 'chromium',
          include: ['packages/*/test-browser/**/*.test.ts'],
          testTimeout: 120_000,
          browser: {
            enabled: true,
            headless: true,
            screenshotFailures: false,
            provider: playwright({ launchOptions: { executablePath: chromium, args: chromiumArgs } }),
            instances: [{ browser: 'chromium' }],
          },
        },
      },
    ],
  },
})
