/** What is drawn on a canvas, as a video. */
export interface Recording {
  /** The video so far; ends the recording. */
  stop(): Promise<Blob>
}

/** Records a canvas in whatever the browser encodes. */
export function recordCanvas(canvas: HTMLCanvasElement): Recording {
  const type = ['video/mp4;codecs=avc1', 'video/webm;codecs=vp9', 'video/webm'].find((candidate) =>
    MediaRecorder.isTypeSupported(candidate),
  )
  const stream = canvas.captureStream()
  const recorder = new MediaRecorder(stream, { ...(type && { mimeType: type }), videoBitsPerSecond: 6_000_000 })
  const parts: Blob[] = []
  recorder.addEventListener('dataavailable', ({ data }) => parts.push(data))
  recorder.start(1000)
  return {
    async stop() {
      const stopped = new Promise((resolve) => recorder.addEventListener('stop', resolve, { once: true }))
      if (recorder.state !== 'inactive') {
        recorder.stop()
        await stopped
      }
      for (const track of stream.getTracks()) track.stop()
      return new Blob(parts, { type: recorder.mimeType })
    },
  }
}

/** The file name's ending for a recorded or converted video. */
export function endingOf({ type }: Blob): string {
  return type.includes('mp4') ? 'mp4' : 'webm'
}
