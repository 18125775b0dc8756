/** A vec4 of the uniform block: matrices, sizes and offsets are data, never text. */
export interface Field {
  readonly name: string
  readonly type: 'vec4f' | 'vec4i' | 'vec4u'
}

/** What a shader reads or writes besides its uniforms. */
export interface Binding {
  readonly name: string
  readonly kind: 'read' | 'write' | 'texture' | 'external'
}

/** A piece of a shader: its text, and the fields and bindings that the text uses. */
export interface Part {
  /** Top-level declarations; what two layers share is declared once. */
  readonly code: readonly string[]
  readonly fields: readonly Field[]
  readonly bindings: readonly Binding[]
}

/** A part of these fields and bindings. */
export function part(
  code: string,
  fields: Readonly<Record<string, Field['type']>> = {},
  bindings: readonly Binding[] = [],
): Part {
  return {
    code: code.trim() === '' ? [] : [code.trim()],
    fields: Object.entries(fields).map(([name, type]) => ({ name, type })),
    bindings,
  }
}

/** Parts in the order in which they are given. */
export function join(...parts: readonly Part[]): Part {
  return {
    code: parts.flatMap(({ code }) => code),
    fields: parts.flatMap(({ fields }) => fields),
    bindings: parts.flatMap(({ bindings }) => bindings),
  }
}

/** A whole shader: what it binds, in order of binding number after the uniforms (0), and how it runs. */
export interface Program {
  readonly code: string
  readonly fields: readonly Field[]
  readonly bindings: readonly Binding[]
  readonly stage: 'compute' | 'fragment'
}

const declarations = {
  read: (name: string) => `var<storage, read> ${name}: array<u32>;`,
  write: (name: string) => `var<storage, read_write> ${name}: array<u32>;`,
  texture: (name: string) => `var ${name}: texture_2d<f32>;`,
  external: (name: string) => `var ${name}: texture_external;`,
} as const

/** The text of a whole shader. */
export function program(stage: Program['stage'], all: Part): Program {
  const fields = all.fields.map(({ name, type }) => `  ${name}: ${type},`).join('\n')
  const bindings = all.bindings.map(({ name, kind }, i) => `@group(0) @binding(${i + 1}) ${declarations[kind](name)}`)
  const head = `struct Params {\n${fields}\n}\n@group(0) @binding(0) var<uniform> p: Params;`
  const code = `${[[head, ...bindings].join('\n'), ...new Set(all.code)].join('\n\n')}\n`
  return { code, fields: all.fields, bindings: all.bindings, stage }
}

/** Numbers of a uniform block by field name; four each, missing ones are 0. */
export type Values = Readonly<Record<string, readonly number[]>>

/** The bytes of a program's uniform block. */
export function uniformBytes(fields: readonly Field[], values: Values): ArrayBuffer {
  const buffer = new ArrayBuffer(fields.length * 16)
  fields.forEach(({ name, type }, i) => {
    const numbers = values[name]
    if (numbers === undefined) throw new Error(`no value for the uniform ${name}`)
    const view = type === 'vec4f' ? Float32Array : type === 'vec4i' ? Int32Array : Uint32Array
    new view(buffer, i * 16, 4).set(numbers)
  })
  return buffer
}
