import assert from 'node:assert/strict'
import { merge, type Span } from './find-identifiers.ts'
import { foldText } from './fold-text.ts'

/**
 * The text with each span replaced by a placeholder such as `[phone-1]`. Within one text the same identifier has the
 * same placeholder however it is written (`138 0013 8000` is `13800138000`), numbered by first appearance of its
 * kind; across texts the numbers mean nothing. Overlapping spans count as one.
 */
export function redact(text: string, spans: readonly Span[]): string {
  const numbers = new Map<string, number>()
  const counts = new Map<string, number>()
  let [result, at] = ['', 0]
  for (const { start, end, kind } of merge(spans)) {
    assert.ok(start >= at && start < end && end <= text.length)
    const identity = `${kind}:${identityOf(text.slice(start, end), kind)}`
    const number = numbers.get(identity) ?? (counts.get(kind) ?? 0) + 1
    if (!numbers.has(identity)) counts.set(kind, number)
    numbers.set(identity, number)
    result += `${text.slice(at, start)}[${kind}-${number}]`
    at = end
  }
  return result + text.slice(at)
}

/** What is the same in all ways to write an identifier: the signs of an address, letters and digits of all else. */
function identityOf(written: string, kind: Span['kind']): string {
  const folded = foldText(written).text
  return kind === 'email' ? folded : folded.replace(/[^\p{L}\p{N}]/gu, '')
}
