import { type Remote, wrap } from 'comlink'
import { byId, element, saveFile } from '../dom.js'
import { DemoError, failureOf, unwrap } from '../engine/failure.js'
import type { proof as Proof } from '../engine/proof.js'
import type { LinkVerdict, Outcome } from '../engine/protocol.js'
import { newWorker, proofWorker } from '../engine/worker.js'
import type { Studio } from '../studio.js'
import { explain, ms, size } from '../words.js'

/** The buttons that check the link and save a dump, of whatever picture `pixels` gives. */
export function startProof(studio: Studio, pixels: () => ImageData | undefined): void {
  let report: string | undefined
  const save = byId('save-report', HTMLButtonElement)
  onClick('check-link', 'link-result', 'Sending test pictures down the path…', async (picture) => {
    save.hidden = true
    const { settings } = studio
    const { device } = await studio.ready()
    const found = await inWorker((proof) => proof.checkLink(settings, device, picture))
    report = found.report
    save.hidden = false
    return verdictOf(found)
  })
  save.addEventListener('click', () => {
    if (report) saveFile('i2i-link.html', new Blob([report], { type: 'text/html' }))
  })
  onClick('save-dump', 'dump-result', 'Running one call with every stage kept…', async (picture) => {
    const { settings } = studio
    const bytes = await inWorker((proof) => proof.dump(settings, picture))
    const name = `i2i-${settings.model}-${settings.backend}-${settings.device}.zip`
    saveFile(name, new Blob([bytes], { type: 'application/zip' }))
    return [`Saved ${name}, ${size(bytes.length)}.`]
  })

  function onClick(
    button: string,
    result: string,
    waiting: string,
    task: (picture: ImageData) => Promise<readonly (Node | string)[]>,
  ): void {
    const pressed = byId(button, HTMLButtonElement)
    const told = byId(result, HTMLElement)
    pressed.addEventListener('click', async () => {
      const picture = pixels()
      if (pressed.ariaDisabled === 'true') return
      if (!picture) return void told.replaceChildren('Choose a picture first.')
      // Not disabled: that would throw the keyboard's place away.
      pressed.ariaDisabled = 'true'
      told.replaceChildren(waiting)
      try {
        told.replaceChildren(...(await task(picture)))
      } catch (error) {
        const { title, text, detail } = explain(failureOf(error))
        told.replaceChildren(
          element('p', { class: 'bad' }, element('b', {}, `${title}. `), text),
          element('p', { class: 'detail' }, detail),
        )
      } finally {
        pressed.ariaDisabled = 'false'
      }
    })
  }
}

/** Asks a worker of its own, which ends with the answer: nothing of a proof stays in memory. */
async function inWorker<T>(task: (proof: Remote<typeof Proof>) => Promise<Outcome<T>>): Promise<T> {
  const worker = newWorker(proofWorker)
  const broken = new Promise<never>((_, reject) => {
    worker.addEventListener('error', ({ message }) =>
      reject(new DemoError('WORKER', message || 'its script did not load')),
    )
  })
  try {
    return unwrap(await Promise.race([task(wrap(worker)), broken]))
  } finally {
    worker.terminate()
  }
}

function verdictOf({ faithful, verdict, faults, halves, milliseconds }: LinkVerdict): Node[] {
  const list = faults.map(({ code, severity, message }) =>
    element('li', { class: severity === 'fault' ? 'refused' : 'note' }, element('b', {}, `${code}: `), message),
  )
  const half = (name: string, good: boolean): HTMLElement =>
    element('li', { class: good ? 'taken' : 'refused' }, element('b', {}, `${name}: `), good ? 'exact.' : 'at fault.')
  const stages = Object.entries(milliseconds).map(([stage, time]) => `${stage} ${ms(time)}`)
  return [
    element('p', { class: `verdict ${faithful ? 'good' : 'bad'}` }, verdict),
    element(
      'ul',
      { class: 'findings' },
      half('Before the model', halves.before),
      half('After the model', halves.after),
      ...list,
    ),
    element('p', { class: 'soft' }, `What the link costs without a model: ${stages.join(', ')}.`),
  ]
}
