import { InvalidArgumentError } from 'commander'

/** Pixels. */
export interface Size {
  readonly width: number
  readonly height: number
}

/** The size of an option such as 640x480. @throws InvalidArgumentError */
export function pictureSize(text: string): Size {
  const [, width, height] = /^(\d+)x(\d+)$/.exec(text) ?? []
  if (width && height && Number(width) > 0 && Number(height) > 0)
    return { width: Number(width), height: Number(height) }
  throw new InvalidArgumentError('Give a width and a height, as in 640x480.')
}
