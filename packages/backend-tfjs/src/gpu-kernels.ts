import type { WebGPUBackend } from '@tensorflow/tfjs-backend-webgpu'
import type { DataType, KernelFunc, TensorInfo as TfTensorInfo } from '@tensorflow/tfjs-core'
import type { TfModule } from './runtime.js'

/** Gives the kernels of 'webgpu' to the backend `name`, those that fail on integers mended. */
export function copyKernels(tf: TfModule, name: string): void {
  for (const kernel of tf.getKernelsForBackend('webgpu')) {
    const mend = mends[kernel.kernelName]
    const kernelFunc = mend ? mend(kernel.kernelFunc, tf) : kernel.kernelFunc
    tf.registerKernel({ ...kernel, backendName: name, kernelFunc })
  }
}

const mends: Readonly<Record<string, (kernel: KernelFunc, tf: TfModule) => KernelFunc>> = {
  Cast: convertingCast,
  Transpose: transposeOfIntegers,
}

/**
 * TensorFlow.js's Cast of int32 to float32 renames the numbers and leaves integers in the buffer: shaders that read it raw
 * (Transpose) do not compile, and whoever is lent the buffer would take its bits for floats.
 */
function convertingCast(cast: KernelFunc, tf: TfModule): KernelFunc {
  return (args) => {
    const renamed = cast(args) as TfTensorInfo
    const { dtype } = args.attrs as unknown as { dtype: DataType }
    if (dtype !== 'float32' || args.inputs['x']?.dtype === 'float32') return renamed
    const backend = args.backend as WebGPUBackend
    const one = backend.makeTensorInfo([], 'float32', Float32Array.of(1))
    const multiply = tf.getKernel('Multiply', 'webgpu').kernelFunc
    const converted = multiply({ inputs: { a: renamed, b: one }, attrs: {}, backend })
    for (const { dataId } of [renamed, one]) backend.disposeData(dataId)
    return converted
  }
}

/** TensorFlow.js's shader writes integers through the function for floats, and does not compile. */
function transposeOfIntegers(transpose: KernelFunc): KernelFunc {
  return (args) => {
    const x = args.inputs['x'] as TfTensorInfo
    if (x.dtype === 'float32') return transpose(args)
    const { perm } = args.attrs as unknown as { perm: readonly number[] }
    const backend = args.backend as WebGPUBackend
    const run: WebGPUBackend['runWebGPUProgram'] = (program, ...rest) => {
      const code = program.getUserCode().replace('setOutputAtIndex(', 'setOutputAtIndexI32(')
      program.getUserCode = () => code
      return backend.runWebGPUProgram(program, ...rest)
    }
    // Of two dimensions it is another shader, with floats throughout.
    const y = transpose({
      inputs: { x: { ...x, shape: [1, ...x.shape] } },
      attrs: { perm: [0, ...perm.map((axis) => axis + 1)] },
      backend: Object.create(backend, { runWebGPUProgram: { value: run } }),
    }) as TfTensorInfo
    return { ...y, shape: y.shape.slice(1) }
  }
}
