import { byId } from './dom.js'
import { startIntake } from './inputs/intake.js'
import { fetchSample } from './inputs/photo.js'
import { LivePanel } from './live/panel.js'
import { chosen, settleChoices } from './panels/choices.js'
import { startProof } from './panels/proof.js'
import { Photo } from './photo.js'
import { startSplit } from './stage/split.js'
import { shownPixels } from './stage/stage.js'
import { hideFailure } from './stage/status.js'
import { Studio } from './studio.js'

const form = byId('settings', HTMLFormElement)
chooseAsked(new URLSearchParams(location.search))
settleChoices(form)
const studio = new Studio(chosen(form))
const photo = new Photo(studio)

const live = new LivePanel(studio, {
  onStart: () => photo.leave(),
  onPhoto: (pixels) => void photo.show(pixels),
})

startSplit()
startProof(studio, () => (live.active ? shownPixels() : photo.pixels))
startIntake({
  onFile: (file) => void take(file),
  onRefused: (error) => studio.fail(error),
})

form.addEventListener('change', () => {
  settleChoices(form)
  studio.choose(chosen(form))
  // Moving pictures heed the settings with their next frame, unless a failure ended them.
  void (live.active ? live.refresh() : photo.refresh())
})
byId('notice-retry', HTMLElement).addEventListener('click', () => void retry())
byId('notice-auto', HTMLElement).addEventListener('click', () => {
  const best = document.querySelector<HTMLInputElement>('input[name="device"][value="auto"]')
  best?.click()
  best?.focus()
})
byId('notice-close', HTMLElement).addEventListener('click', () => {
  hideFailure()
  byId('stage', HTMLElement).focus()
})
byId('use-sample', HTMLElement).addEventListener('click', () => void useSample())
void useSample()

async function retry(): Promise<void> {
  hideFailure()
  byId('stage', HTMLElement).focus()
  if (studio.again) await studio.again()
  else if (live.active) await live.refresh()
  else await (photo.pixels ? photo.refresh() : useSample())
}

async function take(file: Blob): Promise<void> {
  if (isVideo(file)) return await live.openFile(file)
  live.close()
  await photo.take(file)
}

// Some systems do not know a Matroska file's type.
function isVideo(file: Blob): boolean {
  return file.type.startsWith('video/') || (file instanceof File && /\.(mp4|m4v|mov|webm|mkv)$/i.test(file.name))
}

async function useSample(): Promise<void> {
  live.close()
  try {
    await photo.take(new File([await fetchSample()], 'astronaut.jpg', { type: 'image/jpeg' }), true)
  } catch (error) {
    studio.fail(error)
  }
}

/** A link can choose: ?model=identity&backend=tfjs&device=wasm. */
function chooseAsked(asked: URLSearchParams): void {
  for (const input of form.querySelectorAll('input')) {
    if (asked.get(input.name) === input.value) input.checked = true
  }
}
