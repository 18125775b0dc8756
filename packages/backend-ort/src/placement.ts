import { I2iError, type TensorInfo } from '@i2i/core'
import { arrayOf, isDtype } from '@i2i/core/backend'
import type { SessionInit } from './session.js'
import { toOrt } from './tensors.js'

/** A node of the graph and the execution provider that it ran on, in ONNX Runtime's names. */
export interface PlacedNode {
  readonly node: string
  readonly op: string
  readonly provider: string
}

/** Where each node runs; `sizes` holds the shapes of the last feeds. @throws MODEL_UNSUPPORTED where it cannot be told */
export async function placementOf(
  init: SessionInit,
  sizes: ReadonlyMap<string, readonly number[]>,
): Promise<readonly PlacedNode[]> {
  const { host, bytes, settings, fallback, inputs } = init
  const { runtime, module } = host
  if (runtime.profile) {
    const profile = await runtime.profile(
      (more) => module.InferenceSession.create(bytes, { ...settings, ...more }),
      async (session) => {
        const feeds = inputs.map((input) => [input.name, toOrt(host, zeros(input, sizes.get(input.name)))] as const)
        await session.run(Object.fromEntries(feeds))
      },
    )
    return placedNodes(profile)
  }
  if (fallback) {
    throw new I2iError(
      'MODEL_UNSUPPORTED',
      `${runtime.name} cannot tell which nodes run on the CPU: it prints its profile to the console. Ask onnxruntime-node on webgpu.`,
    )
  }
  // One provider holds the whole graph: ONNX Runtime refused to open it otherwise, or has no other.
  const provider = runtime.device === 'webgpu' ? 'WebGpuExecutionProvider' : 'CPUExecutionProvider'
  const { readModel } = await import('@i2i/onnx')
  return readModel(bytes).graph.nodes.map(({ name, opType }, i) => ({
    node: name || `${opType}_${i}`,
    op: opType,
    provider,
  }))
}

/** Nodes and providers of ONNX Runtime's profile: one event for each kernel that ran. */
function placedNodes(profile: string): PlacedNode[] {
  const events = JSON.parse(profile) as { cat: string; name: string; args?: { op_name?: string; provider?: string } }[]
  const suffix = '_kernel_time'
  const placed = new Map<string, PlacedNode>()
  for (const { cat, name, args } of events) {
    if (cat !== 'Node' || !name.endsWith(suffix) || !args?.provider) continue
    const node = name.slice(0, -suffix.length)
    placed.set(node, { node, op: args.op_name ?? '', provider: args.provider })
  }
  return [...placed.values()]
}

// Before a first run nobody knows which sizes the model takes; most networks of any size take this one.
const unknownSide = 64

function zeros({ name, dtype, dims }: TensorInfo, fed: readonly number[] | undefined) {
  const size = fed ?? dims.map((dim, axis) => (typeof dim === 'number' ? dim : axis === 0 ? 1 : unknownSide))
  if (!isDtype(dtype))
    throw new I2iError('MODEL_UNSUPPORTED', `Input '${name}' is ${dtype}, which i2i has no tensor for.`)
  const length = size.reduce((product, dim) => product * dim, 1)
  return { location: 'cpu', dtype, dims: size, data: new (arrayOf(dtype))(length) } as const
}
