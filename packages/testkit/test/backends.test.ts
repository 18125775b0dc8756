import { ort } from '@i2i/backend-ort'
import { ort as ortWeb } from '@i2i/backend-ort/web'
import { backendSuite } from '../src/index.js'
import { liveBytes } from './live-bytes.js'

// One thread: ONNX Runtime's threads spin while they wait, which starves the tests beside these.
backendSuite('onnxruntime-node', () => ort({ threads: 1 }), { device: 'cpu', liveBytes })
backendSuite('onnxruntime-web', () => ortWeb({ threads: 1 }), { device: 'wasm', liveBytes })
