/**
 * Whether a Vulkan driver is installed on Linux, by the manifests that the Vulkan loader looks for. Asked first, because a machine without
 * one (most servers) would otherwise get the loader's complaints on stderr at every probe.
 * Places: Vulkan loader interface documentation, "Driver discovery on Linux".
 */
export async function hasVulkanDriver(): Promise<boolean> {
  const { env, platform } = process
  if (platform !== 'linux' || env['VK_ICD_FILENAMES'] || env['VK_DRIVER_FILES'] || env['VK_ADD_DRIVER_FILES'])
    return true
  const [{ readdir }, { join }] = await Promise.all([import('node:fs/promises'), import('node:path')])
  const home = env['HOME'] ?? ''
  const roots = [
    env['XDG_CONFIG_HOME'] ?? join(home, '.config'),
    env['XDG_DATA_HOME'] ?? join(home, '.local/share'),
    ...(env['XDG_CONFIG_DIRS'] ?? '/etc/xdg').split(':'),
    ...(env['XDG_DATA_DIRS'] ?? '/usr/local/share:/usr/share').split(':'),
    '/etc',
  ]
  const listings = await Promise.all(roots.map((root) => readdir(join(root, 'vulkan/icd.d')).catch(() => [])))
  return listings.flat().some((name) => name.endsWith('.json'))
}
