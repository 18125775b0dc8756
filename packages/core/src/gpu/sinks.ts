import { contextOf, hasWebGpu, resize } from '../browser/canvas-sink.js'
import { type Canvas, host } from '../browser/dom.js'
import { checkedCanvas } from '../browser/sinks.js'
import type { Picture } from '../picture.js'
import type { ImageForms, TranslateOptions } from '../types.js'
import { Elsewhere } from './fitness.js'
import type { Screens } from './screens.js'

/** What a result on the GPU is made into. */
export interface GpuSink<A extends keyof ImageForms> {
  /** Where it is drawn. */
  readonly canvas: Canvas
  /** Hands it over, once it is drawn. */
  deliver(time: Picture['time']): ImageForms[A]
}

/**
 * A canvas with a WebGPU context is drawn on straight. One of the 2d kind, which every other translator can draw on as well, gets what was
 * drawn on a canvas of ours; so does a VideoFrame. @throws OPTION_INVALID, Elsewhere
 */
export function openGpuSink<A extends keyof ImageForms>(options: TranslateOptions<A>, screens: Screens): GpuSink<A> {
  const into = checkedCanvas(options)
  const straight = into !== undefined && hasWebGpu(into)
  const canvas = straight ? into : screens.own
  const context = into && !straight ? contextOf(into) : undefined
  const { VideoFrame } = host
  if (options.as === 'VideoFrame' && !VideoFrame) throw new Elsewhere('this host has no VideoFrame')
  return {
    canvas,
    deliver: (time) => {
      if (context) {
        resize(context.canvas, canvas)
        context.clearRect(0, 0, canvas.width, canvas.height)
        context.drawImage(canvas, 0, 0, canvas.width, canvas.height)
      }
      // checkedCanvas() saw that there is no third form.
      const frame =
        options.as === 'VideoFrame' && VideoFrame ? new VideoFrame(canvas, { timestamp: 0, ...time }) : undefined
      return frame as ImageForms[A]
    },
  }
}
