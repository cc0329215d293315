import assert from 'node:assert/strict'
import test from 'node:test'
import { type ChainHead, emptyChain, nextEntry, verifyEntries } from './event-chain.ts'

function chainOf(count: number, owner = 'hub'): { texts: string[]; head: ChainHead } {
  let head = emptyChain(owner)
  const texts = Array.from({ length: count }, (_, index) => {
    const next = nextEntry(
      head,
      { kind: 'thing-done', body: { index, name: 'ä"\n' } },
      `2026-01-01T00:00:${10 + index}Z`,
    )
    head = next.head
    return next.text
  })
  return { texts, head }
}

test('an intact chain ends where it was written to end', () => {
  const { texts, head } = chainOf(9)
  assert.deepEqual(verifyEntries(emptyChain('hub'), texts), head)
  assert.deepEqual(verifyEntries(verifyEntries(emptyChain('hub'), texts.slice(0, 4)), texts.slice(4)), head)
})

const attacks: Record<string, (texts: string[]) => string[]> = {
  'a changed word': texts => texts.with(3, texts[3]!.replace('"index":3', '"index":33')),
  'a changed time': texts => texts.with(3, texts[3]!.replace(':13Z', ':14Z')),
  'a dropped entry': texts => texts.toSpliced(3, 1),
  'a moved entry': texts => [...texts.slice(0, 3), texts[4]!, texts[3]!, ...texts.slice(5)],
  'a repeated entry': texts => texts.toSpliced(3, 0, texts[3]!),
  'an entry of another chain': texts => texts.with(3, chainOf(9, 'elsewhere').texts[3]!),
  'other white space': texts => texts.with(3, texts[3]!.replace('{', '{ ')),
  'an unreadable entry': texts => texts.with(3, '{'),
}
for (const [what, attack] of Object.entries(attacks)) {
  test(`${what} is found`, () => {
    const { texts } = chainOf(9)
    assert.throws(() => verifyEntries(emptyChain('hub'), attack(texts)), { code: 'log-altered' })
  })
}

test('a chain of another owner, and a cut at the end, do not reach the known head', () => {
  const { texts, head } = chainOf(5)
  assert.throws(() => verifyEntries(emptyChain('another'), texts), { code: 'log-altered' })
  assert.notDeepEqual(verifyEntries(emptyChain('hub'), texts.slice(0, 4)), head)
})
