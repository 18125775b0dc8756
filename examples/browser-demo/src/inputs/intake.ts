import { byId } from '../dom.js'
import { DemoError } from '../engine/failure.js'

interface Intake {
  onFile(file: Blob): void
  onRefused(error: DemoError): void
}

/** Takes pictures and videos that are chosen, dropped anywhere on the page, or pasted. */
export function startIntake({ onFile, onRefused }: Intake): void {
  for (const kind of ['photo', 'clip']) {
    const input = byId(`${kind}-file`, HTMLInputElement)
    byId(`choose-${kind}`, HTMLElement).addEventListener('click', () => input.click())
    input.addEventListener('change', () => {
      const [file] = input.files ?? []
      // Emptied, so that the same file can be chosen again.
      input.value = ''
      if (file) onFile(file)
    })
  }
  const take = (data: DataTransfer | null): boolean => {
    const file = [...(data?.files ?? [])][0]
    const link = data?.getData('text/uri-list') || ''
    if (file) onFile(file)
    else if (URL.canParse(link)) void fetchDropped(link).then(onFile, onRefused)
    return Boolean(file || link)
  }
  addEventListener('paste', ({ clipboardData }) => void take(clipboardData))
  startDrop(take)
}

function startDrop(take: (data: DataTransfer | null) => boolean): void {
  const stage = byId('stage', HTMLElement)
  // A file that misses its target would replace the page.
  addEventListener('dragover', (event) => {
    event.preventDefault()
    stage.dataset['drop'] = ''
  })
  addEventListener('dragleave', (event) => {
    if (!event.relatedTarget) delete stage.dataset['drop']
  })
  addEventListener('drop', (event) => {
    event.preventDefault()
    delete stage.dataset['drop']
    take(event.dataTransfer)
  })
}

/** A picture dragged from a page is a link: ours may be read, another site's may not. */
async function fetchDropped(link: string): Promise<Blob> {
  if (new URL(link).origin !== location.origin) throw new DemoError('FILE_FOREIGN', link)
  const response = await fetch(link)
  return await response.blob()
}
