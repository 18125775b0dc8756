/** Text that is HTML already. */
export class Html {
  readonly text: string
  constructor(text: string) {
    this.text = text
  }
}

type Value = string | number | Html | undefined | readonly (Html | string)[]

/** Builds HTML; whatever is no Html itself is escaped. */
export function html(parts: TemplateStringsArray, ...values: Value[]): Html {
  return new Html(parts.reduce((text, part, i) => text + plain(values[i - 1]) + part))
}

function plain(value: Value): string {
  if (value === undefined) return ''
  if (value instanceof Html) return value.text
  if (Array.isArray(value)) return value.map(plain).join('')
  return String(value).replace(/[&<>"']/g, (sign) => `&#${sign.charCodeAt(0)};`)
}

/** A table with column headings; the first cell of each row is its heading. Scrolls sideways by itself on small screens. */
export function dataTable(
  caption: string,
  headings: readonly string[],
  rows: readonly (readonly (Html | string)[])[],
): Html {
  const row = ([first = '', ...cells]: readonly (Html | string)[]) =>
    html`<tr><th scope="row">${first}</th>${cells.map((cell) => html`<td>${cell}</td>`)}</tr>`
  return html`<div class="scroll" tabindex="0" role="region" aria-label="${caption}"><table><caption>${caption}</caption>
<thead><tr>${headings.map((heading) => html`<th scope="col">${heading}</th>`)}</tr></thead>
<tbody>${rows.map(row)}</tbody></table></div>`
}

/** Facts as label and text. */
export function facts(rows: readonly (readonly [label: string, text: Html | string])[]): Html {
  return html`<dl>${rows.map(([label, text]) => html`<div><dt>${label}</dt><dd>${text}</dd></div>`)}</dl>`
}

/** A mark that says by word, sign and colour how something went. */
export function badge(tone: Tone, text: string): Html {
  return html`<span class="badge ${tone}"><span aria-hidden="true">${signs[tone]}</span> ${text}</span>`
}

/** How something went. */
export type Tone = 'good' | 'bad' | 'note'

const signs: Readonly<Record<Tone, string>> = { good: '✓', bad: '✗', note: '!' }
