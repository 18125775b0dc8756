import { byId } from '../dom.js'

/** The line between photo and result. The range input speaks to keyboards and screen readers; the whole frame listens to pointers. */
export function startSplit(): void {
  const frame = byId('frame', HTMLElement)
  const input = byId('split', HTMLInputElement)
  const show = (value: number): void => {
    input.value = String(Math.round(value))
    input.setAttribute('aria-valuetext', `${input.value} % photo, ${100 - Number(input.value)} % result`)
    frame.style.setProperty('--split', `${value}%`)
  }
  const follow = ({ clientX }: PointerEvent): void => {
    const { left, width } = frame.getBoundingClientRect()
    show(Math.min(100, Math.max(0, ((clientX - left) / width) * 100)))
  }
  input.addEventListener('input', () => show(Number(input.value)))
  frame.addEventListener('pointerdown', (event) => {
    if (event.button !== 0) return
    event.preventDefault()
    frame.setPointerCapture(event.pointerId)
    frame.dataset['dragging'] = ''
    input.focus({ preventScroll: true })
    follow(event)
  })
  frame.addEventListener('pointermove', (event) => {
    if (frame.hasPointerCapture(event.pointerId)) follow(event)
  })
  frame.addEventListener('lostpointercapture', () => delete frame.dataset['dragging'])
  show(Number(input.value))
}
