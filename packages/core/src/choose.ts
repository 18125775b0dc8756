import { type ColorEngine, I2iError, type I2iErrorCode, isI2iError } from '@i2i/color'
import { abortable } from './abort.js'
import { checkSession, ioSpec, outputsOf } from './bindings.js'
import type { ModelManifest, Variant } from './manifest.js'
import { CallbackError } from './options.js'
import type { Backend, Device, DeviceOffer, ModelBytes, Session } from './ports.js'
import type { Decision, LoadOptions } from './types.js'

/** A way to run the model. */
interface Candidate {
  readonly backend: Backend
  readonly device: Device
  readonly variant: Variant
}

export interface Choice extends Candidate {
  readonly session: Session
  /** What was opened; absent for an identity. */
  readonly model?: ModelBytes
  /** Reads and opens the same again, canary and all. */
  reopen(): Promise<Session>
}

type ChoiceOptions = Pick<LoadOptions, 'device' | 'variant' | 'identity' | 'signal' | 'onProgress'> & {
  readonly backends: readonly Backend[]
  /** Packs the canary's picture. */
  readonly color: ColorEngine
  /** The verified files of a variant. */
  readonly readModel: (variant: Variant, options: Pick<LoadOptions, 'signal' | 'onProgress'>) => Promise<ModelBytes>
}

/** What opening a candidate needs to know; a session that is opened again has neither signal nor onProgress. */
type Opening = Pick<ChoiceOptions, 'identity' | 'color'> & {
  readonly signal?: AbortSignal | undefined
  readonly onProgress?: LoadOptions['onProgress'] | undefined
}

/**
 * Opens the first session that works: backends in the order given, devices in the backend's own, variants in the manifest's.
 * Every candidate turned down is written into `decisions` with its reason.
 * @throws BACKEND_UNAVAILABLE when no candidate is left, OPTION_INVALID for an unknown variant, and what a broken model throws everywhere
 */
export async function chooseSession(
  manifest: ModelManifest,
  options: ChoiceOptions,
  decisions: Decision[],
): Promise<Choice> {
  const failures: unknown[] = []
  const files = new Map<Variant, Promise<ModelBytes>>()
  const readModel = async (variant: Variant): Promise<ModelBytes> => {
    const { signal, onProgress } = options
    const known =
      files.get(variant) ?? options.readModel(variant, { ...(signal && { signal }), ...(onProgress && { onProgress }) })
    files.set(variant, known)
    return await known
  }
  const reopen = async (candidate: Candidate): Promise<Session> => {
    const { identity = false, color } = options
    // The signal and the progress were about loading.
    const model = identity ? undefined : await options.readModel(candidate.variant, {})
    return await openChecked(candidate, manifest, { identity, color }, model)
  }
  for await (const candidate of candidates(manifest, options, decisions)) {
    options.signal?.throwIfAborted()
    // Reading comes before the try: a missing or altered file is no reason to look for another runtime.
    const model = options.identity ? undefined : await readModel(candidate.variant)
    try {
      const session = await openChecked(candidate, manifest, options, model)
      taken(candidate, session, decisions)
      files.clear()
      return { ...candidate, session, ...(model && { model }), reopen: () => reopen(candidate) }
    } catch (error) {
      options.signal?.throwIfAborted()
      if (isI2iError(error, 'SHAPE_MISMATCH') || error instanceof CallbackError) throw error
      failures.push(error)
      const { backend, device, variant } = candidate
      refuse(decisions, 'backend', `${backend.name} ${device}, ${variant.id}`, message(error))
    }
  }
  throw nothingLeft(manifest, options, decisions, failures)
}

async function openChecked(
  { backend, device, variant }: Candidate,
  manifest: ModelManifest,
  { identity = false, color, signal, onProgress }: Opening,
  model: ModelBytes | undefined,
): Promise<Session> {
  const options = { device, ...(signal && { signal }) }
  onProgress?.({ phase: 'compile', loaded: 0, total: 1 })
  const session = model
    ? await backend.openSession(model, options)
    : await backend.openIdentity(ioSpec(manifest), options)
  try {
    signal?.throwIfAborted()
    checkSession(manifest, outputsOf(manifest, identity), session)
    onProgress?.({ phase: 'compile', loaded: 1, total: 1 })
    if (model && variant.canary) {
      const { checkCanary } = await import('./canary.js')
      await checkCanary(manifest, session, color, variant.canary, (loaded, total) => {
        signal?.throwIfAborted()
        onProgress?.({ phase: 'warmup', loaded, total })
      })
    }
    return session
  } catch (error) {
    // Why it is given up is the news, not how that went.
    await session.dispose().catch(() => undefined)
    throw error
  }
}

async function* candidates(
  manifest: ModelManifest,
  { backends, device = 'auto', variant, signal }: ChoiceOptions,
  decisions: Decision[],
): AsyncGenerator<Candidate> {
  const variants = wantedVariants(manifest, variant)
  for (const backend of backends) {
    try {
      for await (const wanted of usable(backend, device, signal, decisions)) {
        for (const candidate of variants) {
          const reason = unfit(candidate, backend, wanted)
          if (reason) refuse(decisions, 'variant', candidate.id, reason)
          else yield { backend, device: wanted, variant: candidate }
        }
      }
    } catch (error) {
      signal?.throwIfAborted()
      refuse(decisions, 'backend', backend.name, message(error))
    }
  }
}

/** The devices of a backend that can be used, each looked at when its turn comes: what is not looked at is not loaded. */
async function* usable(
  backend: Backend,
  device: Device | 'auto',
  signal: AbortSignal | undefined,
  decisions: Decision[],
): AsyncGenerator<Device> {
  const look = (wanted?: Device): Promise<readonly DeviceOffer[]> => abortable(backend.devices(wanted), signal)
  const order = device === 'auto' ? backend.order : [device]
  const all = order ? undefined : await look()
  // WebNN runs only where it was asked for by name.
  const devices = order ?? all?.map((offer) => offer.device).filter((offer) => offer !== 'webnn') ?? []
  const doubtful: Device[] = []
  for (const wanted of devices) {
    const offer = (all ?? (await look(wanted))).find((candidate) => candidate.device === wanted)
    const choice = `${backend.name} ${wanted}`
    if (!offer) refuse(decisions, 'device', wanted, `${backend.name} does not run on ${wanted}`)
    else if (!offer.available) refuse(decisions, 'device', choice, offer.reason ?? 'not available here')
    else if (device === 'auto' && offer.reason) {
      refuse(decisions, 'device', choice, `${offer.reason}: tried last`)
      doubtful.push(wanted)
    } else yield wanted
  }
  yield* doubtful
}

function wantedVariants(manifest: ModelManifest, id: string | undefined): readonly Variant[] {
  if (id === undefined) return manifest.variants
  const variant = manifest.variants.find((candidate) => candidate.id === id)
  if (variant) return [variant]
  const known = manifest.variants.map((candidate) => candidate.id).join(', ')
  throw new I2iError('OPTION_INVALID', `model "${manifest.id}" has no variant "${id}"; it has: ${known}`)
}

function unfit(variant: Variant, backend: Backend, device: Device): string | undefined {
  if (!backend.formats.includes(variant.format)) {
    return `${backend.name} opens ${backend.formats.join(', ')}, not ${variant.format}`
  }
  return variant.devices.includes(device) ? undefined : `the manifest does not offer it on ${device}`
}

function taken({ backend, device, variant }: Candidate, { fallback }: Session, decisions: Decision[]): void {
  const choice = `${backend.name} ${device}`
  const better = decisions.find(
    (decision) => decision.outcome === 'refused' && decision.what !== 'variant' && decision.choice !== choice,
  )
  const first = decisions.every(({ outcome, what }) => outcome === 'taken' || what === 'engine')
  const reason = first ? 'first in order' : 'first in order that works here'
  decisions.push(
    { what: 'backend', choice: backend.name, outcome: 'taken', reason },
    { what: 'device', choice: device, outcome: 'taken', reason },
    { what: 'variant', choice: variant.id, outcome: 'taken', reason },
  )
  if (better) {
    decisions.push({ what: 'fallback', choice, outcome: 'taken', reason: `${better.choice}: ${better.reason}` })
  }
  if (fallback) decisions.push({ what: 'fallback', choice: 'cpu', outcome: 'taken', reason: `${choice}: ${fallback}` })
}

function refuse(decisions: Decision[], what: Decision['what'], choice: string, reason: string): void {
  decisions.push({ what, choice, outcome: 'refused', reason })
}

function nothingLeft(
  manifest: ModelManifest,
  { device = 'auto' }: ChoiceOptions,
  decisions: readonly Decision[],
  failures: readonly unknown[],
): I2iError {
  // When every runtime says the same of the model, that is the news, not that no runtime was found.
  const codes = new Set(failures.map((error) => (isI2iError(error) ? error.code : undefined)))
  const [common] = codes
  const code: I2iErrorCode = codes.size === 1 && common ? common : 'BACKEND_UNAVAILABLE'
  const refused = decisions.filter(({ outcome }) => outcome === 'refused')
  const reasons = refused.map(({ choice, reason }) => `${choice}: ${reason}`).join('; ')
  const wanted = device === 'auto' ? 'no backend' : `no backend on device "${device}"`
  return new I2iError(code, `${wanted} can run model "${manifest.id}" (${reasons || 'no backend was passed'})`, {
    details: { decisions: refused },
    cause: failures.length === 1 ? failures[0] : failures.length ? new AggregateError(failures) : undefined,
  })
}

function message(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
