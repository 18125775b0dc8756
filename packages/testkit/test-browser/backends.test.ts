import { ort } from '@i2i/backend-ort'
import { backendSuite } from '../src/backend/suite.js'

const unmeasurable = 'a page can neither force a collection nor see its resident memory; Node measures the same code'

backendSuite('onnxruntime-web in a browser', ort, {
  device: 'wasm',
  exclude: { 'runs leave nothing behind': unmeasurable, 'sessions leave nothing behind': unmeasurable },
})
