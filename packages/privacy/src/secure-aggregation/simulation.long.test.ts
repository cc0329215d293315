import assert from 'node:assert/strict'
import test from 'node:test'
import { checkHistories } from '../testing/simulated-round.ts'

test('hundreds of histories: the sum is the plain one while the threshold stays, and nothing below it', t => {
  const seen = checkHistories({ from: 1000, to: 1300 })
  t.diagnostic(JSON.stringify(seen))
  for (const [what, count] of Object.entries(seen)) assert.ok(count > 0, `${what} never happened`)
})
