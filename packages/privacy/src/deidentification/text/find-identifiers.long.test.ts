import assert from 'node:assert/strict'
import { test } from 'node:test'
import { hostileTexts } from '../../testing/hostile-texts.ts'
import { labelledNotes, parseLabelled } from '../../testing/labelled-notes.ts'
import { createIdentifierSearch } from './find-identifiers.ts'
import { redact } from './redact.ts'

const search = createIdentifierSearch({ names: ['王小明', 'Maria Lopez'] })
const length = 10_000_000

/** With work that grows with the square of the length, each would take a day: 10^14 steps. */
for (const [what, piece] of Object.entries(hostileTexts)) {
  test(`ten million characters: ${what}`, { timeout: 300_000 }, () => {
    const spans = search(piece.repeat(Math.ceil(length / piece.length)))
    assert.ok(spans.every(({ start, end }, i) => end > start && start >= (spans[i - 1]?.end ?? 0)))
  })
}

test('ten million characters of notes have the identifiers of one copy in each', { timeout: 300_000 }, () => {
  const notes = `${labelledNotes.map(note => parseLabelled(note).text).join('\n')}\n`
  const copies = Math.ceil(length / notes.length)
  const text = notes.repeat(copies)
  const spans = search(text)
  assert.equal(spans.length, copies * search(notes).length)
  assert.ok(!redact(text, spans).includes('13800138000，'))
})
