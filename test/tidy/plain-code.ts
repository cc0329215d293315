const comment = /\/\/[^\n]*|\/\*[\s\S]*?\*\//y
const string = /(['"])(?:\\[\s\S]|(?!\1)[^\\\n])*\1/y
const expression =
  /\/(?:\\.|\[(?:\\.|[^\]\\\n])*\]|[^/\\\n[*])(?:\\.|\[(?:\\.|[^\]\\\n])*\]|[^/\\\n[])*\/[a-z]*/y
const templateText = /(?:\\[\s\S]|\$(?!\{)|[^`\\$])+/y
const plain = /[^'"`/{}$]+/y
/** What stands before a slash that begins an expression and divides nothing. */
const beforeExpression = /(?:^|[(,=:[!&|?{};>]|\breturn)\s*$/

/**
 * Code without its comments, and with the letters of strings and regular expressions blanked, so that a rule about code
 * does not find what people wrote. Lines stay where they are. What stands in `${…}` of a template is code, and is kept.
 */
export function plainCode(text: string): string {
  /** For each template that is open, how many braces are open in its `${…}`; 0 in its own text. */
  const templates: number[] = []
  let code = ''
  let at = 0
  const take = (rule: RegExp, blank: string | undefined): boolean => {
    rule.lastIndex = at
    const piece = rule.exec(text)?.[0]
    if (!piece) return false
    code += blank === undefined ? piece : piece.replace(/[^\n]/g, blank)
    at += piece.length
    return true
  }
  while (at < text.length) {
    const depth = templates.at(-1)
    const letter = text[at]!
    if (depth === 0) {
      if (take(templateText, '_')) continue
      if (letter === '`') templates.pop()
      else templates[templates.length - 1] = 1 // ${
      const mark = letter === '`' ? '`' : '${'
      code += mark
      at += mark.length
      continue
    }
    if (take(comment, ' ') || take(string, '_')) continue
    if (letter === '/' && beforeExpression.test(code.slice(-20)) && take(expression, '_')) continue
    if (take(plain, undefined)) continue
    if (letter === '`') templates.push(0)
    else if (depth !== undefined && letter === '{') templates[templates.length - 1] = depth + 1
    else if (depth !== undefined && letter === '}') templates[templates.length - 1] = depth - 1
    code += letter
    at += 1
  }
  return code
}
