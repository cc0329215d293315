const comment = /\/\/[^\n]*|\/\*[\s\S]*?\*\//y
const string = /(['"])(?:\\[\s\S]|(?!\1)[^\\\n])*\1/y
const expression =
  /\/(?:\\.|\[(?:\\.|[^\]\\\n])*\]|[^/\\\n[*])(?:\\.|\[(?:\\.|[^\]\\\n])*\]|[^/\\\n[])*\/[a-z]*/y
const templateText = /(?:\\[\s\S]|\$(?!\{)|[^`\\$])+/y
const plain = /[^'"`/{}$]+/y
/** What stands before a slash that begins an expression and divides nothing. */
const beforeExpression = /(?:^|[(,=:[!&|?{};>]|\breturn)\s*$/

/** A stretch of a source, one after the other from its beginning. */
interface Piece {
  /** A mark that begins or ends a template, or opens a `${…}` in it, is a piece by itself. */
  readonly kind:
    | ('code' | 'comment' | 'string' | 'expression')
    | ('template' | 'template-text' | 'hole' | 'template-end')
  readonly at: number
  readonly text: string
  /** As code, with the letters of what is none blanked. */
  readonly plain: string
}

/** With what the letters of a kind are blanked; the others are code. */
const blanks: Partial<Record<Piece['kind'], string>> = {
  comment: ' ',
  string: '_',
  expression: '_',
  'template-text': '_',
}

/**
 * Code without its comments, and with the letters of strings and regular expressions blanked, so that a rule about code
 * does not find what people wrote. Lines stay where they are. What stands in `${…}` of a template is code, and is kept.
 */
export function plainCode(text: string): string {
  return piecesOf(text)
    .map(({ plain }) => plain)
    .join('')
}

/** Cuts a source into code, comments, and what people wrote. */
export function piecesOf(text: string): Piece[] {
  /** For each template that is open, how many braces are open in its `${…}`; 0 in its own text. */
  const templates: number[] = []
  const pieces: Piece[] = []
  let code = ''
  let at = 0
  const add = (kind: Piece['kind'], piece: string): void => {
    const blank = blanks[kind]
    const plain = blank === undefined ? piece : piece.replace(/[^\n]/g, blank)
    pieces.push({ kind, at, text: piece, plain })
    code += plain
    at += piece.length
  }
  const take = (kind: Piece['kind'], rule: RegExp): boolean => {
    rule.lastIndex = at
    const piece = rule.exec(text)?.[0]
    if (piece) add(kind, piece)
    return !!piece
  }
  while (at < text.length) {
    const depth = templates.at(-1)
    const letter = text[at]!
    if (depth === 0) {
      if (take('template-text', templateText)) continue
      if (letter === '`') templates.pop()
      else templates[templates.length - 1] = 1
      if (letter === '`') add('template-end', letter)
      else add('hole', '${')
      continue
    }
    if (take('comment', comment) || take('string', string)) continue
    if (letter === '/' && beforeExpression.test(code.slice(-20)) && take('expression', expression)) continue
    if (take('code', plain)) continue
    if (letter === '`') templates.push(0)
    else if (depth !== undefined && letter === '{') templates[templates.length - 1] = depth + 1
    else if (depth !== undefined && letter === '}') templates[templates.length - 1] = depth - 1
    add(letter === '`' ? 'template' : 'code', letter)
  }
  return pieces
}
