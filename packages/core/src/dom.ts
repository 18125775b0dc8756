/** A DOM class where the program has DOM types, else never: no public type needs lib.dom. */
export type Dom<K extends string> = typeof globalThis extends { [P in K]: { prototype: infer T } } ? T : never
