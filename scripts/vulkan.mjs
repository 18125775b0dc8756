// Finds what lets onnxruntime-node's WebGPU run without a GPU: SwiftShader's Vulkan driver, which Chromium brings, and the Vulkan loader.
import { execFileSync } from 'node:child_process'
import { existsSync, realpathSync } from 'node:fs'
import { dirname, join } from 'node:path'

const driver = 'vk_swiftshader_icd.json'
const loader = 'libvulkan.so.1'

/** Environment variables for the tests. Throws with a remedy when something is missing: they never skip for want of a driver. */
export function vulkanEnvironment(chromium) {
  // Elsewhere Dawn has Metal or Direct3D.
  if (process.platform !== 'linux') return {}
  const folders = [dirname(realpathSync(chromium)), '/usr/lib/chromium', '/usr/lib/chromium-browser']
  const icd = process.env.SWIFTSHADER_ICD ?? find(folders, driver)
  if (!icd) {
    throw new Error(
      `The WebGPU tests need SwiftShader's Vulkan driver, and there is no ${driver} beside ${chromium}. Install Debian's package "chromium", or set SWIFTSHADER_ICD to the file.`,
    )
  }
  return { SWIFTSHADER_ICD: icd, ...loaderPath(folders) }
}

function loaderPath(folders) {
  if (installed()) return {}
  const bundled = find(folders, loader)
  if (bundled) {
    return { LD_LIBRARY_PATH: [dirname(bundled), process.env.LD_LIBRARY_PATH].filter(Boolean).join(':') }
  }
  if (process.getuid?.() === 0 && existsSync('/usr/bin/apt-get')) {
    console.log('No Vulkan loader found: installing the Debian package "libvulkan1"')
    const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' }
    execFileSync('apt-get', ['update', '-q'], { stdio: 'inherit', env })
    execFileSync('apt-get', ['install', '-q', '-y', '--no-install-recommends', 'libvulkan1'], { stdio: 'inherit', env })
    return {}
  }
  throw new Error(
    `The WebGPU tests need the Vulkan loader, ${loader}. Install it (Debian: apt-get install libvulkan1).`,
  )
}

function installed() {
  try {
    return execFileSync('/sbin/ldconfig', ['-p'], { encoding: 'utf8' }).includes(loader)
  } catch {
    return false
  }
}

function find(folders, name) {
  return folders.map((folder) => join(folder, name)).find((path) => existsSync(path))
}
