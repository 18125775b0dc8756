import { mapPlanes, type Picture } from './picture.js'

/** One of the eight ways to turn and mirror a picture: where the received (u, v), both 0..1, lies in the sent picture. */
export interface Dihedral {
  readonly code?: string
  readonly transposes: boolean
  source(u: number, v: number): readonly [number, number]
}

/** The identity first. Rotations are clockwise; MIRRORED_X exchanges left and right. */
export const dihedrals: readonly Dihedral[] = [
  { transposes: false, source: (u, v) => [u, v] },
  { code: 'MIRRORED_X', transposes: false, source: (u, v) => [1 - u, v] },
  { code: 'MIRRORED_Y', transposes: false, source: (u, v) => [u, 1 - v] },
  { code: 'ROTATED_180', transposes: false, source: (u, v) => [1 - u, 1 - v] },
  { code: 'ROTATED_90', transposes: true, source: (u, v) => [v, 1 - u] },
  { code: 'ROTATED_270', transposes: true, source: (u, v) => [1 - v, u] },
  { code: 'TRANSPOSED', transposes: true, source: (u, v) => [v, u] },
  { code: 'ANTI_TRANSPOSED', transposes: true, source: (u, v) => [1 - v, 1 - u] },
]

/** The picture turned and mirrored; the planes are moved, never resampled. */
export function turn(picture: Picture, dihedral: Dihedral): Picture {
  if (dihedral.code === undefined) return picture
  const { width, height } = picture
  const size = dihedral.transposes ? { width: height, height: width } : { width, height }
  const from = new Uint32Array(width * height)
  for (let y = 0, i = 0; y < size.height; y++) {
    for (let x = 0; x < size.width; x++, i++) {
      const [u, v] = dihedral.source((x + 0.5) / size.width, (y + 0.5) / size.height)
      from[i] = Math.floor(v * height) * width + Math.floor(u * width)
    }
  }
  const move = (plane: Float32Array): Float32Array => {
    const moved = new Float32Array(plane.length)
    for (let i = 0; i < moved.length; i++) moved[i] = plane[from[i]!]!
    return moved
  }
  const turned = mapPlanes(picture, move, size)
  return picture.alpha ? { ...turned, alpha: move(picture.alpha) } : turned
}
