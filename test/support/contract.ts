// A program against the public contract, compiled as a stranger would, with and without DOM types; it is never run.
import { ort } from '@i2i/backend-ort'
import { ort as wasmOrt } from '@i2i/backend-ort/web'
import { tfjs } from '@i2i/backend-tfjs'
import {
  type Affine,
  type Backend,
  type ColorEngine,
  type Decision,
  type DumpSink,
  type I2iErrorCode,
  isI2iError,
  load,
  type ModelFiles,
  memoryDump,
  openColorEngine,
  type PackedTensor,
  type RawImage,
  rawImage,
  type Tensor,
  type Timings,
  type Translation,
  type Translator,
} from '@i2i/core'
import { directoryDump, readImage, writeImage } from '@i2i/core/node'
import { identityModel, inspectModel, readModel, writeModel } from '@i2i/onnx'
import { checkLink, compareImages, compareTensors, type Diagnosis, diagnose, type Fault, probeImage } from '@i2i/parity'

export async function program(bytes: Uint8Array): Promise<Timings> {
  const files: ModelFiles = { read: async () => bytes }
  const dump: DumpSink = memoryDump()
  const backends: readonly Backend[] = [ort({ threads: 1 }), wasmOrt({ wasmPaths: '/ort/' })]
  const translator: Translator = await load('toon.i2i.json', {
    backend: backends,
    device: 'auto',
    dump,
    files,
    onProgress: ({ phase, loaded, total = 0 }) => console.log(phase, loaded, total),
  })
  const decisions: readonly Decision[] = translator.decisions
  console.log(decisions.map(({ what, choice, outcome, reason }) => [what, choice, outcome, reason]))
  const frame: RawImage = rawImage({
    format: 'I420',
    width: 64,
    height: 48,
    data: bytes,
    layout: [
      { offset: 0, stride: 64 },
      { offset: 64 * 48, stride: 32 },
      { offset: 64 * 60, stride: 32 },
    ],
    colorSpace: { matrix: 'bt709', fullRange: null },
  })
  const translation: Translation = await translator.translate(frame, { crop: { x: 0, y: 0, width: 32, height: 32 } })
  const picture: RawImage = translation.image
  const transform: Affine = translation.transform
  for (const value of Object.values(translation.outputs)) {
    if ('planes' in value) console.log(value.format)
    else if (value.location === 'cpu') console.log(value.data.length)
  }
  await writeImage('out.png', picture, { quality: 80 })
  console.log(transform, await readImage(bytes), directoryDump('dump', { every: 2, redact: ['sdkInput'] }))
  try {
    await translator.warmUp({ width: 64, height: 64 })
  } catch (error) {
    if (isI2iError(error, 'OUT_OF_MEMORY')) console.log(error.details)
    const code: I2iErrorCode | undefined = isI2iError(error) ? error.code : undefined
    console.log(code)
  }
  await translator.dispose()
  return translation.timings
}

export async function pixels(): Promise<readonly number[]> {
  const engine: ColorEngine = await openColorEngine({ engine: 'reference' })
  const image = engine.allocate('NV12', 16, 16, { matrix: 'bt709', fullRange: false })
  const rgb = engine.convert(image, { format: 'RGB', chroma: { up: 'linear' } })
  const format = { width: 8, height: 8, layout: 'NCHW', dtype: 'float32', channels: 'RGB', mean: [0, 0, 0] } as const
  const tensor: PackedTensor = engine.pack(rgb, format, { fit: 'contain', pad: [0, 0, 0] })
  const feed: Tensor = tensor
  engine.unpack(tensor.data, format, { format: 'RGBA', width: 16, height: 16, transform: tensor.transform })
  engine[Symbol.dispose]()
  return feed.dims
}

export function graph(): number {
  const bytes: Uint8Array = writeModel(identityModel({ dtype: 'float16', layout: 'NHWC', channels: 4, width: 8 }))
  return inspectModel(readModel(bytes)).parameters
}

export async function link(a: Tensor, b: Tensor): Promise<readonly Fault[]> {
  const { equal, maxAbs, rmse, psnr, cosine, worst, nan } = compareTensors(a, b, { rtol: 1e-3, atol: 1e-5 })
  console.log(equal, maxAbs, rmse, psnr, cosine, worst.length, nan[0])
  const sent: RawImage = probeImage(320, 240)
  console.log(compareImages(sent, sent).ssim)
  const found: Diagnosis = await diagnose(sent, sent)
  const { halves, nonComputeMs, faithful } = await checkLink({
    manifest: 'toon.i2i.json',
    backend: tfjs(),
    device: 'wasm',
  })
  console.log(found.residual, faithful, halves.before.faithful, Object.values(nonComputeMs)[0]?.p95)
  return found.faults
}
