import { I2iError, type IoSpec, type ModelManifest, openManifest, type RawImage, type Tensor } from '@i2i/core'
import { diagnose } from '../doctor/diagnose.js'
import type { Diagnosis, Fault } from '../doctor/types.js'
import { probeImage } from '../probe/probe-image.js'
import { identityPictures } from './identity-pictures.js'
import { judgeModel } from './judge-model.js'
import { chiralModel, type MakeProbeModel, type ProbeModel, probeModelBytes, sourceModel } from './probe-model.js'
import {
  type LinkPlace,
  type LinkRun,
  type LinkSubject,
  runLink,
  runReference,
  type Spread,
  timeLink,
  withModel,
} from './run-link.js'
import { tensorPicture } from './tensor-picture.js'

/** Which link to check. */
export interface CheckLinkOptions extends LinkSubject {}

/** What became of the probes, the two halves of the link judged apart, and what the link costs without a model. */
export interface LinkDiagnosis extends Diagnosis {
  /** `before` the model: what its input holds against the reference packer. `after` it: what is made of its output. */
  readonly halves: { readonly before: Diagnosis; readonly after: Diagnosis }
  /** Milliseconds by stage (decode, pack, unpack, total without run). */
  readonly nonComputeMs: Readonly<Record<string, Spread>>
  /** What was checked, and where it ran: a diagnosis that is passed on says so itself. */
  readonly place: LinkPlace
  /** The larger probe, what should have come back through the manifest's own resize, and what did. */
  readonly pictures: { readonly sent: RawImage; readonly expected: RawImage; readonly received: RawImage }
}

// No size is a power of two or twice the other: some faults hide at exactly one half.
const sizes = [
  [203, 157],
  [298, 214],
] as const

/**
 * Sends probes through a link whose model is swapped for an identity, a chiral and a constant one. What comes back is judged against
 * the float64 reference and plain arithmetic in the runtime's place, through the transform that the manifest declares (a stated
 * resize is no fault); each half is judged apart too. Reads no model file.
 * @throws what load() throws; OPTION_INVALID for a link that gives no picture
 */
export async function checkLink(options: CheckLinkOptions): Promise<LinkDiagnosis> {
  const { manifest } = await openManifest(options.manifest)
  if (!manifest.outputs.some(({ role }) => role === 'image')) {
    throw new I2iError(
      'OPTION_INVALID',
      `model "${manifest.id}" gives no picture, so its link cannot be checked with one.`,
    )
  }
  const subject: LinkSubject = { ...options, manifest }
  const passes = [await pass(subject, manifest.input, sizes[0]), await pass(subject, manifest.input, sizes[1])] as const
  const before = passes.map((one) => one.before)
  const after = passes.map((one) => one.after)
  for (const make of [chiralModel, sourceModel]) {
    const model = await throughModel(subject, make)
    before.push(...model.before)
    after.push(...model.after)
    // A runtime that mixes up its pictures fails every model; the first says best how.
    if (!model.sound) break
  }
  const halves = { before: merge(before), after: merge(after) }
  const { faithful, faults, residual } = merge([...passes.map(({ whole }) => whole), halves.before, halves.after])
  const { nonComputeMs, place } = await timeLink(subject, probeImage(...sizes[1]))
  return { faithful, faults, residual, halves, nonComputeMs, place, pictures: passes[1].pictures }
}

interface Pass {
  readonly whole: Diagnosis
  readonly before: Diagnosis
  readonly after: Diagnosis
  readonly pictures: LinkDiagnosis['pictures']
}

/** One probe through the link, judged as a whole and half by half. */
async function pass(
  subject: LinkSubject,
  binding: ModelManifest['input'],
  size: readonly [number, number],
): Promise<Pass> {
  const sent = probeImage(...size)
  const run = await runLink(subject, sent)
  // What is no picture, masks and data, is taken as the runtime gives it.
  const reference = await runReference(subject, sent, (io, feeds) => ({
    ...Object.fromEntries(run.modelOutput),
    ...identityPictures(io, feeds),
  }))
  const input = (of: LinkRun): Promise<RawImage> => tensorPicture(tensorOf(of.modelInput, binding.tensor), binding)
  return {
    whole: await diagnose(reference.image, run.image),
    before: await diagnose(await input(reference), await input(run)),
    after: await diagnose(await unpacked(subject, sent, run), run.image),
    pictures: { sent, expected: reference.image, received: run.image },
  }
}

/** The picture that the reference makes of a run's own model output. */
async function unpacked(subject: LinkSubject, probe: RawImage, run: LinkRun): Promise<RawImage> {
  return (await runReference(subject, probe, () => Object.fromEntries(run.modelOutput))).image
}

interface ModelFindings {
  readonly before: readonly Diagnosis[]
  readonly after: readonly Diagnosis[]
  /** What the runtime computed is what the model makes of its input. */
  readonly sound: boolean
}

/** What a probe model's output shows: the runtime's arithmetic on what it was fed, and the unpacker's work on that. */
async function throughModel(subject: LinkSubject, make: MakeProbeModel): Promise<ModelFindings> {
  const probe = probeImage(...sizes[0])
  let spec: IoSpec | undefined
  let model: ProbeModel | undefined
  const wanted = (io: IoSpec) => {
    spec = io
    const picture = io.inputs.find(({ binding }) => binding)
    model = make(channelsOf(io), picture?.dtype === 'uint8')
    return probeModelBytes(io, model)
  }
  // A runtime without ONNX has no place for a convolution: the identity must do.
  if (!subject.backend.formats.includes('onnx')) return { before: [], after: [], sound: true }
  const backend = withModel(subject.backend, (io) => {
    const bytes = wanted(io)
    if (bytes) return bytes
    throw new I2iError('MODEL_UNSUPPORTED', 'the model takes no picture, so none can be sent through it')
  })
  const run = await runLink({ ...subject, backend }, probe)
  if (!spec || !model) return { before: [], after: [], sound: true }
  const { half, diagnosis } = await judgeModel(run, spec, model)
  const after = [await diagnose(await unpacked(subject, probe, run), run.image)]
  if (!diagnosis) return { before: [], after, sound: true }
  return half === 'before'
    ? { before: [diagnosis], after, sound: false }
    : { before: [], after: [diagnosis, ...after], sound: false }
}

function channelsOf(io: IoSpec): number {
  const picture = io.inputs.find(({ binding }) => binding)
  const size = picture?.binding?.layout === 'NHWC' ? picture.dims[3] : picture?.dims[1]
  return typeof size === 'number' ? size : 3
}

function tensorOf(tensors: ReadonlyMap<string, Tensor>, name: string): Tensor {
  const tensor = tensors.get(name)
  if (tensor) return tensor
  throw new I2iError('SHAPE_MISMATCH', `the link fed no tensor "${name}"; it fed ${[...tensors.keys()].join(', ')}`)
}

/** Every fault once, the first place it was seen in. */
function merge(diagnoses: readonly Diagnosis[]): Diagnosis {
  const faults = new Map<string, Fault>()
  for (const fault of diagnoses.flatMap((diagnosis) => diagnosis.faults)) {
    if (!faults.has(fault.code)) faults.set(fault.code, fault)
  }
  return {
    faithful: diagnoses.every(({ faithful }) => faithful),
    faults: [...faults.values()],
    residual: Math.max(...diagnoses.map(({ residual }) => residual)),
  }
}
