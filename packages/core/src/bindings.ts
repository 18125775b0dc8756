import { I2iError, type TensorFormat, tensorChannels } from '@i2i/color'
import type { ModelManifest, OutputBinding, PixelBinding } from './manifest.js'
import type { IoSpec, Session, TensorInfo } from './ports.js'

/** An output of the manifest with its defaults filled in. */
export interface Output {
  readonly name: string
  readonly tensor: string
  readonly role: 'image' | 'mask' | 'data'
  readonly layout: 'NCHW' | 'NHWC'
  /** Set for images only. */
  readonly binding?: PixelBinding
  readonly scale: number
  readonly slice?: readonly [number, number]
}

/** The manifest's outputs; for an identity model each has a tensor of its own, so that shared and sliced tensors need no sewing. */
export function outputsOf(manifest: ModelManifest, identity: boolean): readonly Output[] {
  const inputs = [manifest.input, ...Object.values(manifest.params ?? {})].map(({ tensor }) => tensor)
  return manifest.outputs.map((output) => {
    const name = output.name ?? output.tensor
    const own = inputs.includes(name) ? `${name}:out` : name
    const plain = {
      name,
      tensor: identity ? own : output.tensor,
      role: output.role,
      layout: output.layout ?? 'NCHW',
      scale: output.scale ?? 1,
      ...(output.role === 'image' && { binding: pixelBinding(output) }),
    }
    return output.slice && !identity ? { ...plain, slice: output.slice } : plain
  })
}

function pixelBinding(output: OutputBinding & { role: 'image' }): PixelBinding {
  const { tensor, layout, dtype, channels, mean, std } = output
  return { tensor, layout, dtype, channels, ...(mean && { mean }), ...(std && { std }) }
}

/** A binding at a size. */
export function tensorFormat(binding: PixelBinding, size: { width: number; height: number }): TensorFormat {
  const { layout, dtype, channels, mean, std } = binding
  return { width: size.width, height: size.height, layout, dtype, channels, ...(mean && { mean }), ...(std && { std }) }
}

/** What an identity model for this manifest takes and gives. */
export function ioSpec(manifest: ModelManifest): IoSpec {
  const { input } = manifest
  const fixed = 'width' in input.size ? input.size : undefined
  const pixelDims = (layout: 'NCHW' | 'NHWC', channels: number, scale: number, prefix: string): (number | string)[] => {
    const height = fixed ? Math.round(fixed.height * scale) : `${prefix}height`
    const width = fixed ? Math.round(fixed.width * scale) : `${prefix}width`
    return layout === 'NCHW' ? [1, channels, height, width] : [1, height, width, channels]
  }
  const params = Object.values(manifest.params ?? {})
  return {
    inputs: [
      {
        name: input.tensor,
        dtype: input.dtype,
        dims: pixelDims(input.layout, tensorChannels(input.channels), 1, ''),
        binding: input,
      },
      ...params.map(({ tensor, dtype, dims }) => ({ name: tensor, dtype, dims })),
    ],
    outputs: outputsOf(manifest, true).map((output) => {
      const { role, tensor: name, binding, scale, layout } = output
      const prefix = scale === 1 ? '' : `${name}_`
      const channels = binding ? tensorChannels(binding.channels) : 1
      const dims = role === 'data' ? [1] : pixelDims(binding?.layout ?? layout, channels, scale, prefix)
      return { name, dtype: binding?.dtype ?? 'float32', dims, role, scale, ...(binding && { binding }) }
    }),
  }
}

/** Holds the manifest against what the model says of itself. @throws SHAPE_MISMATCH naming the first difference */
export function checkSession(manifest: ModelManifest, outputs: readonly Output[], session: Session): void {
  const { input } = manifest
  const declared = new Map<string, { dtype: string; dims?: readonly (number | undefined)[] }>()
  const channels = tensorChannels(input.channels)
  const { width, height } = 'width' in input.size ? input.size : { width: undefined, height: undefined }
  const dims = input.layout === 'NCHW' ? [1, channels, height, width] : [1, height, width, channels]
  declared.set(input.tensor, { dtype: input.dtype, dims })
  for (const param of Object.values(manifest.params ?? {})) {
    declared.set(param.tensor, { dtype: param.dtype, dims: param.dims })
  }
  for (const [name, want] of declared) checkInput(name, want, session.inputs)
  const missing = session.inputs.find((info) => !declared.has(info.name))
  if (missing) {
    throw mismatch(
      `the model also takes input "${missing.name}" (${shape(missing)}); declare it under "params"`,
      session,
    )
  }
  for (const { tensor, name } of outputs) {
    if (session.outputs.some((info) => info.name === tensor)) continue
    throw mismatch(
      `output "${name}" reads tensor "${tensor}", but the model gives ${names(session.outputs)}; correct "tensor" in the manifest`,
      session,
    )
  }
}

function checkInput(
  name: string,
  want: { dtype: string; dims?: readonly (number | undefined)[] },
  inputs: readonly TensorInfo[],
): void {
  const info = inputs.find((candidate) => candidate.name === name)
  if (!info) {
    throw new I2iError(
      'SHAPE_MISMATCH',
      `the manifest feeds tensor "${name}", but the model takes ${names(inputs)}; correct "tensor" in the manifest`,
    )
  }
  const wanted = want.dims ?? []
  const differs =
    info.dtype !== want.dtype ||
    info.dims.length !== wanted.length ||
    info.dims.some((size, axis) => {
      const expected = wanted[axis]
      // A symbolic size takes anything; an unknown one (multipleOf) needs a symbolic size or it cannot vary.
      return typeof size === 'number' && (expected === undefined || expected !== size)
    })
  if (!differs) return
  const declared = `${want.dtype} [${wanted.map((size) => size ?? 'any').join(', ')}]`
  throw new I2iError(
    'SHAPE_MISMATCH',
    `input "${name}": the manifest declares ${declared}, the model takes ${shape(info)}; correct layout, channels, dtype or size in the manifest`,
    { details: { tensor: name, model: info, manifest: declared } },
  )
}

function mismatch(message: string, session: Session): I2iError {
  return new I2iError('SHAPE_MISMATCH', message, { details: { inputs: session.inputs, outputs: session.outputs } })
}

function names(infos: readonly TensorInfo[]): string {
  return infos.map(({ name }) => `"${name}"`).join(', ') || 'none'
}

function shape(info: TensorInfo): string {
  return `${info.dtype} [${info.dims.join(', ')}]`
}
