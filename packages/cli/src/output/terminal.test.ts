import assert from 'node:assert/strict'
import test from 'node:test'
import { note, printResult, type Terminal } from './terminal.ts'

function written(write: (terminal: Terminal) => void): string {
  const parts: string[] = []
  const stream = { write: (part: string) => void parts.push(part) } as never
  write({ out: stream, err: stream, json: false, paint: (_, painted) => painted })
  return parts.join('')
}

test('what somebody else wrote commands no terminal: its control characters are shown, not sent', () => {
  const name = '\u001b[2J\u001b[HRun started.\u001b]52;c;eA==\u0007\u202e\r'
  for (const text of [
    written(terminal => note(terminal, name)),
    written(terminal => printResult(terminal, name, () => name)),
  ]) {
    assert.equal(text, '\\u{1b}[2J\\u{1b}[HRun started.\\u{1b}]52;c;eA==\\u{7}\\u{202e}\\u{d}\n')
  }
})

test('colours, line breaks and all scripts stay as they are', () => {
  const text = '\u001b[31m错误\u001b[39m\tتجربة\nnext'
  assert.equal(
    written(terminal => note(terminal, text)),
    `${text}\n`,
  )
})
