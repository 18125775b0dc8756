import { ort } from '@i2i/backend-ort'
import { backendSuite } from '../src/index.js'

// scripts/test.mjs finds SwiftShader's Vulkan driver, which Chromium brings; the default is where Debian's package has it.
process.env['VK_ICD_FILENAMES'] ??= process.env['SWIFTSHADER_ICD'] ?? '/usr/lib/chromium/vk_swiftshader_icd.json'

const slow = 'SwiftShader takes minutes for it; the same code is measured on the CPU'

backendSuite('onnxruntime-node', () => ort({ threads: 1 }), {
  device: 'webgpu',
  withoutFloat16: 'SwiftShader has no shader-f16',
  exclude: { 'runs leave nothing behind': slow, 'sessions leave nothing behind': slow },
})
