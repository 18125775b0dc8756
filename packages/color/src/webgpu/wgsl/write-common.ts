import { type Binding, type Part, part } from './part.js'

/** The buffer that compute shaders write. */
export const target: readonly Binding[] = [{ name: 'written', kind: 'write' }]

/** A stored sample of a number: floor(v + 0.5), clamped. */
export const byte: Part = part(`
fn byte(v: f32) -> u32 {
  return u32(clamp(floor(v + 0.5), 0.0, 255.0));
}`)

/** The entry point of a compute shader. */
export const main = (body: string): string =>
  `@compute @workgroup_size(8, 8)\nfn main(@builtin(global_invocation_id) id: vec3u) {\n${body}\n}`
