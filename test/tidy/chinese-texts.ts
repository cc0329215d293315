import { piecesOf } from './plain-code.ts'

/** One text with Han characters in a source, and its line; what is put into it stands as `{}`. */
export interface ChineseText {
  readonly line: number
  readonly text: string
}

/** The Chinese texts of a TypeScript source, inner ones of a template first; comments are none. */
export function chineseTextsIn(source: string): ChineseText[] {
  const found: ChineseText[] = []
  const open: { readonly at: number; text: string }[] = []
  const keep = (at: number, text: string): void => {
    if (/\p{Script=Han}/u.test(text)) found.push({ line: source.slice(0, at).split('\n').length, text })
  }
  for (const { kind, at, text } of piecesOf(source)) {
    const template = open.at(-1)
    if (kind === 'string') keep(at, text.slice(1, -1))
    else if (kind === 'template') open.push({ at, text: '' })
    else if (template && kind === 'template-text') template.text += unescaped(text)
    else if (template && kind === 'hole') template.text += '{}'
    else if (template && kind === 'template-end') keep(template.at, open.pop()!.text)
  }
  return found
}

function unescaped(text: string): string {
  return text.replace(/\\([\s\S])/g, (_, letter: string) => (letter === 'n' ? '\n' : letter))
}
