import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { hasVulkanDriver } from '../src/vulkan.js'

let root: string
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'i2i-vulkan-'))
  for (const name of ['VK_ICD_FILENAMES', 'VK_DRIVER_FILES', 'VK_ADD_DRIVER_FILES']) vi.stubEnv(name, undefined)
  for (const name of ['XDG_CONFIG_HOME', 'XDG_DATA_HOME', 'XDG_CONFIG_DIRS', 'XDG_DATA_DIRS']) vi.stubEnv(name, root)
})
afterEach(async () => {
  vi.unstubAllEnvs()
  await rm(root, { recursive: true })
})

it.runIf(process.platform === 'linux')('finds the manifests of drivers where the Vulkan loader does', async () => {
  // The one place that the environment cannot move.
  const system = await readdir('/etc/vulkan/icd.d').catch(() => [])
  expect(await hasVulkanDriver()).toBe(system.some((name) => name.endsWith('.json')))
  await mkdir(join(root, 'vulkan/icd.d'), { recursive: true })
  await writeFile(join(root, 'vulkan/icd.d/some_icd.json'), '{}')
  expect(await hasVulkanDriver()).toBe(true)
})

it('takes the word of an environment that names a driver', async () => {
  vi.stubEnv('VK_ICD_FILENAMES', 'somewhere.json')
  expect(await hasVulkanDriver()).toBe(true)
})
