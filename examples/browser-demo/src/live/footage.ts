/** Where moving pictures come from. */
export interface Footage {
  readonly kind: 'camera' | 'clip'
  /** Frames in order, at the pace at which they are to be seen; whoever takes one closes it. */
  frames(): AsyncGenerator<VideoFrame, void>
  close(): void
}
