import { I2iError } from '../error.js'
import type { Acceptance, Verdict } from './acceptance.js'
import type { BoundSource, Host } from './bound-source.js'
import type { GpuDevice, GpuEncoder } from './gpu.js'
import type { Pool } from './pool.js'
import type { Prepared, Recorder } from './recorder.js'
import { bindSource } from './sources.js'
import type { Task } from './tasks.js'
import type { PassTimer } from './timer.js'
import type { GpuRecording, GpuSource } from './types.js'

/** The parts of an engine that its calls work with. */
export interface Parts extends Host {
  readonly device: GpuDevice
  readonly pool: Pool
  readonly acceptance: Acceptance
  readonly recorder: Recorder
}

/** What one call reads and writes. */
interface Pass {
  /** Names the task among all: whatever its shader and numbers depend on. */
  readonly key: readonly unknown[]
  readonly make: () => Task
  readonly resources: ReadonlyMap<string, object>
  readonly texture?: { readonly view: object; readonly format: string }
}

/** One call under way: what it holds until its commands are submitted. */
export class Call {
  readonly #parts: Parts
  readonly #recording: GpuRecording
  readonly #held: (() => void)[] = []
  readonly #made: (() => void)[] = []

  constructor(parts: Parts, recording: GpuRecording) {
    this.#parts = parts
    this.#recording = recording
  }

  /** A source that is given back with the call. */
  bind(source: GpuSource, what: string): BoundSource {
    const bound = bindSource(this.#parts, source, what)
    this.hold(bound.release)
    return bound
  }

  hold(release: () => void): void {
    this.#held.push(release)
  }

  /** What the result will own: given back only where there will be none. */
  made(lease: { release(): void } | undefined): void {
    if (lease) this.#made.push(() => lease.release())
  }

  /** Gives back all that the call holds or made. */
  undo(): void {
    for (const release of this.#made.splice(0)) release()
    this.release()
  }

  /** Gives back all that the call holds. */
  release(): void {
    for (const release of this.#held.splice(0)) release()
  }

  /** Records the pass, and submits it unless the caller will: then what the call holds stays held. */
  run({ key, make, resources, texture }: Pass): void {
    const { device, recorder } = this.#parts
    const prepared = recorder.prepare(JSON.stringify(key), make, texture?.format)
    const own: GpuEncoder | undefined = this.#recording.encoder
    const encoder = own ?? device.createCommandEncoder()
    recorder.record(encoder, prepared, resources, texture?.view, this.#timestamps())
    if (own === undefined) {
      device.queue.submit([encoder.finish()])
      this.release()
    } else {
      this.#keep(prepared)
    }
  }

  #keep(prepared: Prepared): void {
    prepared.users++
    this.hold(() => {
      prepared.users--
    })
  }

  #timestamps(): object | undefined {
    const { time } = this.#recording
    if (time === undefined) return undefined
    // Every timer is one that an engine made.
    return (time.timer as PassTimer).writes(time.name)
  }
}

/** Runs one call: on an exception nothing stays held. */
export function runCall<T>(
  parts: Parts,
  what: string,
  recording: GpuRecording,
  act: (call: Call) => (verdict: Verdict) => T,
): T {
  const call = new Call(parts, recording)
  try {
    const { value, verdict } = parts.acceptance.call(what, () => act(call))
    return value(verdict)
  } catch (error) {
    call.undo()
    throw error
  }
}

/** Throws IMAGE_INVALID where what is read is also written. */
export function checkApart(read: readonly object[], written: object): void {
  if (!read.includes(written)) return
  throw new I2iError(
    'IMAGE_INVALID',
    'Source and target share a buffer or texture; write into another, or copy the source first.',
  )
}
