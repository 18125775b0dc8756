import type { CallTap } from './dump-tap.js'
import { translateInMemory } from './in-memory.js'
import type { Parts } from './parts.js'
import type { ImageForms, ImageSource, TranslateOptions, Translation } from './types.js'

export type { Parts } from './parts.js'

/** One call: on the GPU from end to end where source, session and sink are there, else through memory. */
export async function translateFrame<A extends keyof ImageForms>(
  parts: Parts,
  source: ImageSource,
  options: TranslateOptions<A>,
  cold: boolean,
  tap?: CallTap,
): Promise<Translation<A>> {
  const call = { source, options, cold, ...(tap && { tap }) }
  // Only these two forms need no pixels in memory.
  const gpu = parts.session.gpuDevice && (options.as === 'none' || options.as === 'VideoFrame')
  return (gpu && (await (await parts.gpu()).translate(parts, call))) || (await translateInMemory(parts, call))
}
