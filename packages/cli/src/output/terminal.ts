import { styleText } from 'node:util'

/** Where a command writes. Results go to `out`, everything for the eye to `err`, so that pipes stay clean. */
export interface Terminal {
  readonly out: NodeJS.WritableStream
  readonly err: NodeJS.WritableStream & { isTTY?: boolean; columns?: number }
  /** Results as JSON for machines. */
  readonly json: boolean
  readonly paint: Paint
}

export type Tone = 'plain' | 'strong' | 'dim' | 'good' | 'bad' | 'accent'
export type Paint = (tone: Tone, text: string) => string

const styles = {
  plain: [],
  strong: ['bold'],
  dim: ['dim'],
  good: ['green'],
  bad: ['red'],
  accent: ['cyan'],
} as const

/** Makes the terminal that commands write to; colour only where a person looks on who has not forbidden it. */
export function createTerminal({ json, colour }: { json: boolean; colour: boolean }): Terminal {
  const { stdout: out, stderr: err } = process
  const isColoured =
    colour && err.isTTY === true && process.env.NO_COLOR === undefined && process.env.TERM !== 'dumb'
  const paint: Paint = (tone, text) =>
    isColoured && tone !== 'plain' ? styleText([...styles[tone]], text, { validateStream: false }) : text
  return { out, err, json, paint }
}

/**
 * A text without the characters by which somebody else's name or message would command the terminal: control
 * characters but line breaks and tabs, and those that turn the direction of writing. Colours stay: they are ours.
 */
function printable(text: string): string {
  return text.replace(commanding, character => `\\u{${character.codePointAt(0)!.toString(16)}}`)
}

const commanding =
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
  /(?!\u001b\[[0-9;]*m)[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u200e\u200f\u202a-\u202e\u2066-\u2069]/g

/** One line for people, on the side. */
export function note(terminal: Terminal, text = ''): void {
  terminal.err.write(`${printable(text)}\n`)
}

/** The result of a command: JSON for machines, else what `text` makes of it. */
export function printResult(terminal: Terminal, value: unknown, text: () => string): void {
  terminal.out.write(terminal.json ? `${JSON.stringify(value)}\n` : `${printable(text())}\n`)
}

const wide =
  /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Hangul}\u3000-\u303f\uff00-\uff60]/u

/** How many columns a text takes; Chinese characters take two. */
export function widthOf(text: string): number {
  let width = 0
  // biome-ignore lint/suspicious/noControlCharactersInRegex: colours take no columns
  for (const character of text.replace(/\u001b\[[0-9;]*m/g, '')) width += wide.test(character) ? 2 : 1
  return width
}

/** Fills a text up with blanks to a width on the screen, where Chinese characters count as two. */
export function padTo(text: string, width: number, side: 'left' | 'right' = 'left'): string {
  const space = ' '.repeat(Math.max(width - widthOf(text), 0))
  return side === 'left' ? text + space : space + text
}

/** Rows under a header, columns as wide as they must be; numbers to the right. */
export function formatTable(
  terminal: Terminal,
  header: readonly string[],
  rows: readonly (readonly (string | number)[])[],
): string {
  const widths = header.map((title, column) =>
    Math.max(widthOf(title), ...rows.map(row => widthOf(String(row[column] ?? '')))),
  )
  const line = (cells: readonly (string | number)[]): string =>
    cells
      .map((cell, column) =>
        padTo(String(cell), widths[column]!, typeof cell === 'number' ? 'right' : 'left'),
      )
      .join('  ')
      .trimEnd()
  return [terminal.paint('dim', line(header)), ...rows.map(line)].join('\n')
}
