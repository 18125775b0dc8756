import type { Backend, Device } from '@i2i/core'
import { describe, test } from 'vitest'
import { type GpuDevice, gpuChecks, requestDevice } from './gpu.js'
import { identityChecks } from './identity.js'
import { lifecycleChecks } from './lifecycle.js'
import { runChecks } from './runs.js'
import type { Subject } from './subject.js'

/** The name of one check of the backend suite. */
export type BackendCheck = keyof typeof identityChecks | keyof typeof runChecks | keyof typeof lifecycleChecks

/** The name of one check of sharing a GPUDevice. */
export type GpuCheck = keyof typeof gpuChecks

/** How the backend suite runs. */
export interface BackendSuiteOptions {
  readonly device: Device
  /** Largest error of a float32 result of a small graph, relative to 1; default 1e-5. */
  readonly tolerance?: number
  /** Why it does not compute in float16 here; a run in float16 must then be MODEL_UNSUPPORTED. */
  readonly withoutFloat16?: string
  /** Bytes that the process holds now, after a collection; needed unless the checks that measure memory are excluded. */
  readonly liveBytes?: Subject['liveBytes']
  /** Checks that do not apply, each with the reason. */
  readonly exclude?: Readonly<Partial<Record<BackendCheck, string>>>
}

/** The conformance suite of Backend: declares one vitest test for each thing that every backend must do. */
export function backendSuite(name: string, createBackend: () => Backend, options: BackendSuiteOptions): void {
  const { device, tolerance = 1e-5, liveBytes = unmeasured, withoutFloat16, exclude = {} } = options
  const float16 = withoutFloat16 === undefined
  const checks: Readonly<Record<BackendCheck, (subject: Subject) => Promise<void>>> = {
    ...runChecks,
    ...identityChecks,
    ...lifecycleChecks,
  }
  const excluded = new Map(Object.entries(exclude))
  const lacking = withoutFloat16 ? `, without float16 (${withoutFloat16})` : ''
  describe(`backend ${name} on ${device}${lacking}`, () => {
    const subject: Subject = { backend: createBackend(), device, tolerance, float16, liveBytes }
    for (const [title, check] of Object.entries(checks)) {
      const reason = excluded.get(title)
      if (reason === undefined) test(title, { timeout: 60_000 }, () => check(subject))
      else test.skip(`${title} (excluded: ${reason})`)
    }
  })
}

/** The part of the suite for backends that share the caller's GPUDevice; runs in a page. Each check gets a device of its own. */
export function gpuSuite(
  name: string,
  createBackend: (gpuDevice: GpuDevice) => Backend,
  options: { readonly tolerance?: number; readonly exclude?: Readonly<Partial<Record<GpuCheck, string>>> } = {},
): void {
  const excluded = new Map(Object.entries(options.exclude ?? {}))
  describe(`backend ${name} on the caller's GPUDevice`, () => {
    for (const [title, check] of Object.entries(gpuChecks)) {
      const reason = excluded.get(title)
      if (reason === undefined) test(title, { timeout: 60_000 }, () => onOwnDevice(check))
      else test.skip(`${title} (excluded: ${reason})`)
    }
  })

  async function onOwnDevice(check: (typeof gpuChecks)[GpuCheck]): Promise<void> {
    const gpuDevice = await requestDevice()
    const backend = createBackend(gpuDevice)
    const { tolerance = 1e-5 } = options
    await check({ backend, device: 'webgpu', tolerance, float16: false, liveBytes: unmeasured, gpuDevice })
    gpuDevice.destroy()
  }
}

function unmeasured(): never {
  throw new Error('backendSuite: pass liveBytes, or exclude the checks that measure memory with the reason')
}
