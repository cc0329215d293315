/** One text with Han characters in a source, and its line; what is put into it stands as `{}`. */
export interface ChineseText {
  readonly line: number
  readonly text: string
}

/** The Chinese texts of a TypeScript source, inner ones of a template first; comments are none. */
export function chineseTextsIn(source: string): ChineseText[] {
  const found: ChineseText[] = []
  let at = 0
  const keep = (start: number, text: string): void => {
    if (/\p{Script=Han}/u.test(text)) found.push({ line: source.slice(0, start).split('\n').length, text })
  }
  const quoted = (): void => {
    const [start, quote] = [at, source[at]!]
    for (at += 1; at < source.length && source[at] !== quote && source[at] !== '\n'; at += 1)
      if (source[at] === '\\') at += 1
    keep(start, source.slice(start + 1, at))
    at += 1
  }
  const template = (): void => {
    const start = at
    let text = ''
    for (at += 1; at < source.length && source[at] !== '`'; at += 1) {
      if (source.startsWith('${', at)) {
        at += 2
        code('}')
        text += '{}'
      } else if (source[at] === '\\') {
        at += 1
        text += source[at] === 'n' ? '\n' : source[at]
      } else text += source[at]
    }
    keep(start, text)
    at += 1
  }
  const code = (end: string): void => {
    for (let depth = 0; at < source.length; ) {
      const character = source[at]!
      if (character === end && depth === 0) return
      if (source.startsWith('//', at)) at = endOf('\n')
      else if (source.startsWith('/*', at)) at = endOf('*/')
      else if (character === "'" || character === '"') quoted()
      else if (character === '`') template()
      else {
        depth += character === '{' ? 1 : character === '}' ? -1 : 0
        at += 1
      }
    }
  }
  const endOf = (mark: string): number => {
    const place = source.indexOf(mark, at + 2)
    return place < 0 ? source.length : place + mark.length
  }
  code('')
  return found
}
