import { requestDevice } from '../src/backend/gpu.js'
import { fastBounds } from '../src/engine/bounds.js'
import { engineSuite } from '../src/engine/suite.js'
import { openUploadingEngine } from './gpu-engine.js'

const arrays = 'the GPU engine writes buffers and textures, never arrays: two of them never overlap'

engineSuite('webgpu', async () => await openUploadingEngine(await requestDevice()), {
  bounds: fastBounds,
  // SwiftShader compiles a shader for each combination of options.
  runs: 12,
  step: 51,
  exclude: {
    memory: 'its frames and tensors are GPU resources; packages/color/test-browser holds how they live',
    'a freed target': arrays,
    'source and target overlap': arrays,
    'target before source overlaps': arrays,
    'planes of a target overlap': arrays,
    'a tensor inside its own target': arrays,
    'numbers of the wrong array': 'a buffer has bytes, and no kind of its own',
    'a tensor of the wrong array': 'a buffer has bytes, and no kind of its own',
  },
})
