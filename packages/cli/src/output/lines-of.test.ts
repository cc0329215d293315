import assert from 'node:assert/strict'
import test from 'node:test'
import { linesOf } from './lines-of.ts'

async function linesIn(...parts: string[]): Promise<string[]> {
  const lines: string[] = []
  const stream = (async function* () {
    yield* parts
  })()
  for await (const line of linesOf(stream)) lines.push(line)
  return lines
}

test('lines are put together from parts, and end at line feeds only', async () => {
  assert.deepEqual(await linesIn('a\nb', 'c', '\n', '\nd\u2028e\r'), ['a', 'bc', '', 'd\u2028e\r'])
  assert.deepEqual(await linesIn(), [])
  assert.deepEqual(await linesIn('a\n'), ['a'])
})
