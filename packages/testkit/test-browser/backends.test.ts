import { ort } from '@i2i/backend-ort'
import { backendSuite, gpuSuite } from '../src/backend/suite.js'

const unmeasurable = 'a page can neither force a collection nor see its resident memory; Node measures the same code'
const exclude = { 'runs leave nothing behind': unmeasurable, 'sessions leave nothing behind': unmeasurable }

// Both builds of onnxruntime-web in one page.
backendSuite('onnxruntime-web in a browser', ort, { device: 'wasm', exclude })
backendSuite('onnxruntime-web in a browser', ort, {
  device: 'webgpu',
  withoutFloat16: 'SwiftShader has no shader-f16',
  exclude,
})
// Without DOM types a GPUDevice is named by what the suite uses of it.
gpuSuite('onnxruntime-web in a browser', (gpuDevice) => ort({ gpuDevice } as object))
