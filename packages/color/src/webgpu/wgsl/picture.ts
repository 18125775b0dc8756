import { join, type Part, part } from './part.js'

/** A 3x3 matrix and constants, each coefficient in two parts: products of the first with bytes, and their sums, are exact in float32. */
export function matrixPart(name: string): Part {
  const row = (i: number): string => `dot(p.${name}_${i}.xyz, d) + (dot(p.${name}_${i}_fine.xyz, d) + p.${name}_${i}.w)`
  const fields = [0, 1, 2].flatMap((i) => [`${name}_${i}`, `${name}_${i}_fine`])
  return part(
    `
fn ${name}(v: vec3f) -> vec3f {
  let d = v - p.${name}_centre.xyz;
  return vec3f(
    ${[0, 1, 2].map(row).join(',\n    ')},
  );
}`,
    Object.fromEntries([`${name}_centre`, ...fields].map((field) => [field, 'vec4f'])),
  )
}

const clampPixel = (v: string): string => `clamp(${v}, vec4f(0.0), vec4f(255.0))`

/** How the samples of a picture become what a target stores, as far as it changes the text. */
export interface PictureSteps {
  /** Whether samples go through the matrix `a_color` (else they are red, green and blue already). */
  readonly color: boolean
  /** Clamp to 0..255 before the matrix, and after it. */
  readonly clampBefore: boolean
  readonly clampAfter: boolean
  /** Whether pixels without picture become `pad`; `inner` alone (contain), or wherever the source point lies outside, too. */
  readonly pad: 'none' | 'inner' | 'outside'
  /** Layers that show outside, and whose alpha is carried over. */
  readonly back: 'none' | 'plain' | 'color'
  readonly alpha: 'own' | 'layer' | 'opaque'
}

/** picture(t): what target pixel t holds, on the scale where white is 255. */
export function picturePart(steps: PictureSteps): Part {
  const lines = ['var v = a_at(t);']
  if (steps.clampBefore) lines.push(`v = ${clampPixel('v')};`)
  if (steps.color) lines.push('v = vec4f(a_color(v.xyz), v.w);')
  if (steps.clampAfter) lines.push(`v = ${clampPixel('v')};`)
  if (steps.pad !== 'none') {
    const inner = 'any(t < p.inner.xy) || any(t >= p.inner.zw)'
    lines.push(`if (${steps.pad === 'outside' ? `${inner} || !a_inside(t)` : inner}) {`, '  v = p.pad;', '}')
  }
  if (steps.back !== 'none') {
    const color = steps.back === 'color' ? ['  v = vec4f(b_color(v.xyz), v.w);'] : []
    lines.push('if (!a_inside(t)) {', '  v = b_at(t);', ...color, `  v = ${clampPixel('v')};`, '}')
  }
  if (steps.alpha === 'layer') lines.push('v.w = clamp(c_at(t).w, 0.0, 255.0);')
  if (steps.alpha === 'opaque') lines.push('v.w = 255.0;')
  return join(
    ...(steps.color ? [matrixPart('a_color')] : []),
    ...(steps.back === 'color' ? [matrixPart('b_color')] : []),
    part(
      `fn picture(t: vec2i) -> vec4f {\n  ${lines.join('\n  ')}\n  return v;\n}`,
      steps.pad === 'none' ? {} : { pad: 'vec4f', inner: 'vec4i' },
    ),
  )
}
