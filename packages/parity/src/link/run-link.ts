import {
  type Backend,
  type ColorEngine,
  type Device,
  type IoSpec,
  load,
  type ModelBytes,
  type ModelManifest,
  memoryDump,
  openColorEngine,
  type RawImage,
  type Session,
  type Tensor,
  type Timings,
  type Translator,
} from '@i2i/core'

/** What to run a link on. */
export interface LinkSubject {
  readonly manifest: string | URL | ModelManifest
  readonly backend: Backend
  readonly device?: Device
  readonly color?: ColorEngine
}

/** The stages of one call: what the model got and gave, by tensor name, and the picture that came out. */
export interface LinkRun {
  readonly image: RawImage
  readonly modelInput: ReadonlyMap<string, Tensor>
  readonly modelOutput: ReadonlyMap<string, Tensor>
}

/** Sends a picture through the link with an identity model (or whatever `backend` opens as one) and keeps every stage. */
export async function runLink(subject: LinkSubject, picture: RawImage): Promise<LinkRun> {
  const dump = memoryDump()
  const { manifest, ...rest } = subject
  await using translator = await load(manifest, { ...rest, identity: true, dump })
  using translation = await translator.translate(picture)
  const stage = (wanted: string): Map<string, Tensor> =>
    new Map(
      dump.entries.flatMap((entry) => (entry.stage === wanted && entry.tensor ? [[entry.name, entry.tensor]] : [])),
    )
  await dump.close()
  return { image: translation.image, modelInput: stage('modelInput'), modelOutput: stage('modelOutput') }
}

/**
 * The same link with the float64 reference engine in place of its own, and `outputs` in place of what its runtime gives: tensors
 * of an earlier run, or what is made of the feeds.
 */
export async function runReference(subject: LinkSubject, picture: RawImage, outputs: GivenOutputs): Promise<LinkRun> {
  using color = await openColorEngine({ engine: 'reference' })
  return await runLink({ ...subject, color, backend: given(subject.backend, outputs) }, picture)
}

/** A backend that opens the given model where an identity model is asked for. */
export function withModel(backend: Backend, make: (io: IoSpec) => ModelBytes): Backend {
  return withIdentity(backend, async (io, options) => backend.openSession(make(io), options))
}

function withIdentity(backend: Backend, openIdentity: Backend['openIdentity']): Backend {
  const { name, formats, order } = backend
  return {
    name,
    formats,
    ...(order && { order }),
    devices: (wanted) => backend.devices(wanted),
    openSession: (model, options) => backend.openSession(model, options),
    openIdentity,
  }
}

type Tensors = Readonly<Record<string, Tensor>>

/** What stands in for a runtime: the tensors that a link's identity model gives for its feeds. */
export type GivenOutputs = (io: IoSpec, feeds: Tensors) => Tensors

function given(backend: Backend, outputs: GivenOutputs): Backend {
  return withIdentity(backend, async (io, options): Promise<Session> => {
    const dispose = async (): Promise<void> => undefined
    return {
      device: options?.device ?? 'cpu',
      inputs: io.inputs,
      outputs: io.outputs,
      run: async (feeds) => ({ ...outputs(io, feeds) }),
      dispose,
      [Symbol.asyncDispose]: dispose,
    }
  })
}

/** Median and 95th percentile in milliseconds. */
export interface Spread {
  readonly p50: number
  readonly p95: number
}

/** What was checked, and where it ran. */
export interface LinkPlace {
  readonly model: string
  readonly version: string
  readonly backend: string
  readonly device: Device
  /** The colour engine. */
  readonly engine: string
  /** The browser, or Node's version. */
  readonly host: string
}

const calls = 24

/** What the link costs with no model in it, stage by stage: warm calls without a dump; `total` leaves out `run`. And where that was. */
export async function timeLink(
  subject: LinkSubject,
  picture: RawImage,
): Promise<{ readonly nonComputeMs: Readonly<Record<string, Spread>>; readonly place: LinkPlace }> {
  const { manifest, ...rest } = subject
  await using translator = await load(manifest, { ...rest, identity: true })
  await translator.warmUp({ width: picture.width, height: picture.height })
  const timings: Timings[] = []
  for (let i = 0; i < calls; i++) {
    using translation = await translator.translate(picture)
    timings.push(translation.timings)
  }
  const spread = (read: (timing: Timings) => number): Spread => {
    const sorted = timings.map(read).toSorted((a, b) => a - b)
    return { p50: sorted[Math.floor(calls / 2)] ?? 0, p95: sorted[Math.min(calls - 1, Math.floor(calls * 0.95))] ?? 0 }
  }
  const nonComputeMs = {
    decode: spread(({ decode }) => decode),
    pack: spread(({ pack }) => pack),
    unpack: spread(({ unpack }) => unpack),
    total: spread(({ total, run }) => total - run),
  }
  return { nonComputeMs, place: placeOf(translator) }
}

function placeOf({ manifest, backend, device, decisions }: Translator): LinkPlace {
  const engine = decisions.find(({ what, outcome }) => what === 'engine' && outcome === 'taken')?.choice ?? 'unknown'
  return { model: manifest.id, version: manifest.version, backend, device, engine, host: host() }
}

function host(): string {
  const { process, navigator } = globalThis as {
    readonly process?: { readonly version?: string; readonly platform?: string; readonly arch?: string }
    readonly navigator?: { readonly userAgent?: string }
  }
  if (process?.version) return `Node ${process.version}, ${process.platform} ${process.arch}`
  return navigator?.userAgent ?? 'unknown'
}
