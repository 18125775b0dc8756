import { tfjs } from '@i2i/backend-tfjs'
import { backendSuite } from '../src/index.js'
import { liveBytes } from './live-bytes.js'

backendSuite('tfjs', () => tfjs(), { device: 'wasm', liveBytes })
backendSuite('tfjs', () => tfjs(), { device: 'cpu', liveBytes })
