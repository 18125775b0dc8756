import { tfjs } from '@i2i/backend-tfjs'
import { backendSuite, gpuSuite } from '../src/backend/suite.js'

const unmeasurable = 'a page can neither force a collection nor see its resident memory; Node measures the same code'
const exclude = { 'runs leave nothing behind': unmeasurable, 'sessions leave nothing behind': unmeasurable }

// Vite serves the repository from its root; prebundled, the package's script no longer lies beside its .wasm files.
const wasmPaths = '/packages/backend-tfjs/node_modules/@tensorflow/tfjs-backend-wasm/dist/'

backendSuite('tfjs in a browser', () => tfjs({ wasmPaths }), { device: 'wasm', exclude })
backendSuite('tfjs in a browser', () => tfjs({ wasmPaths }), { device: 'cpu', exclude })
backendSuite('tfjs in a browser', () => tfjs({ wasmPaths }), { device: 'webgpu', exclude })
// Without DOM types a GPUDevice is named by what the suite uses of it.
gpuSuite('tfjs in a browser', (gpuDevice) => tfjs({ gpuDevice, wasmPaths } as object))
