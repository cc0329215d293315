import assert from 'node:assert/strict'
import test from 'node:test'
import { createKeyPair } from '@consort/protocol'
import { emptyChain, nextEntry } from './event-chain.ts'
import { exportLines, verifyExport } from './log-export.ts'

const key = createKeyPair()

function entriesOf(count: number, owner: string = key.publicKey): string[] {
  let head = emptyChain(owner)
  return Array.from({ length: count }, (_, index) => {
    const next = nextEntry(head, { kind: 'done', body: { index, name: '\u2028' } }, '2026-01-01T00:00:00Z')
    head = next.head
    return next.text
  })
}

async function linesOf(exported: AsyncIterable<string>): Promise<string[]> {
  const lines: string[] = []
  for await (const line of exported) lines.push(line)
  return lines
}

async function* streamed(lines: Iterable<string>) {
  yield* lines
}

test('an exported log verifies, down to an empty one', async () => {
  for (const count of [0, 1, 5]) {
    const lines = await linesOf(exportLines(entriesOf(count), key))
    const { head, owner } = await verifyExport(streamed(lines))
    assert.equal(head.seq, count)
    assert.equal(owner, key.publicKey)
  }
})

test('what was changed, cut, moved, or signed by somebody else is found', async () => {
  const lines = await linesOf(exportLines(entriesOf(5), key))
  const other = createKeyPair()
  const others = await linesOf(exportLines(entriesOf(5, other.publicKey), other))
  const altered: Record<string, string[]> = {
    changed: lines.with(2, lines[2]!.replace('"index":2', '"index":7')),
    'last one changed': lines.with(4, lines[4]!.replace('"index":4', '"index":7')),
    'cut at the beginning': lines.slice(1),
    'cut in the middle': lines.toSpliced(2, 1),
    'cut before its end': lines.toSpliced(4, 1),
    'without its end': lines.slice(0, -1),
    'with the end of another': lines.with(5, others[5]!),
    'entries of another': [...others.slice(0, 5), lines[5]!],
    nothing: [],
  }
  for (const [what, text] of Object.entries(altered)) {
    await assert.rejects(verifyExport(streamed(text)), { code: 'log-altered' }, what)
  }
})

test('a log that does not hold is not exported', async () => {
  const texts = entriesOf(3)
  const exported = linesOf(exportLines(texts.toSpliced(1, 1), key))
  await assert.rejects(exported, { code: 'log-altered' })
})

test('entries are taken one by one: none is asked for before the one before it was used', async () => {
  let taken = 0
  const counted = (function* () {
    for (const text of entriesOf(4)) {
      taken += 1
      yield text
    }
  })()
  const lines = exportLines(counted, key)
  for (let used = 1; used <= 4; used++) {
    await lines.next()
    assert.equal(taken, used)
  }
})
