import { byId } from '../dom.js'
import { DemoError } from '../engine/failure.js'
import type { Footage } from './footage.js'

/** The camera's frames as they come; of those that nobody waits for only the newest is kept. @throws CAMERA_REFUSED, CAMERA_MISSING */
export async function openCamera(): Promise<Footage> {
  const stream = await askForCamera()
  const video = byId('camera', HTMLVideoElement)
  video.srcObject = stream
  video.hidden = false
  await video.play()
  let closed = false
  const [track] = stream.getVideoTracks()
  const close = (): void => {
    closed = true
    for (const each of stream.getTracks()) each.stop()
    // Opened again meanwhile, the element is the new stream's.
    if (video.srcObject !== stream) return
    video.srcObject = null
    video.hidden = true
  }
  return {
    kind: 'camera',
    async *frames() {
      while (!closed) {
        await presented(video)
        if (closed) return
        if (track?.readyState !== 'live') throw new DemoError('CAMERA_GONE', track?.label ?? 'it has no picture')
        yield new VideoFrame(video)
      }
    },
    close,
  }
}

/** Resolves with the next frame, or after a while without one: a stream that ended presents none. */
async function presented(video: HTMLVideoElement): Promise<void> {
  await new Promise<void>((resolve) => {
    const timer = setTimeout(resolve, 500)
    video.requestVideoFrameCallback(() => {
      clearTimeout(timer)
      resolve()
    })
  })
}

async function askForCamera(): Promise<MediaStream> {
  const { mediaDevices }: { readonly mediaDevices?: MediaDevices } = navigator
  if (!mediaDevices) throw new DemoError('CAMERA_MISSING', 'navigator.mediaDevices needs https or localhost')
  try {
    return await mediaDevices.getUserMedia({ video: { width: { ideal: 640 }, height: { ideal: 480 } } })
  } catch (error) {
    const refused = error instanceof DOMException && error.name === 'NotAllowedError'
    throw new DemoError(refused ? 'CAMERA_REFUSED' : 'CAMERA_MISSING', String(error))
  }
}
