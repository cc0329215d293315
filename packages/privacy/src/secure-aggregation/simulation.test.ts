import assert from 'node:assert/strict'
import test from 'node:test'
import { isRefusal } from '@consort/protocol'
import { createCohort } from '../testing/cohort.ts'
import { checkHistories, diceOf, simulate } from '../testing/simulated-round.ts'
import type { Opened } from './aggregator/aggregator.ts'

test('the sum is the plain one while the threshold stays, and nothing below it', t => {
  const seen = checkHistories({ from: 1, to: 16 })
  t.diagnostic(JSON.stringify(seen))
  for (const [what, count] of Object.entries(seen)) assert.ok(count > 0, `${what} never happened`)
})

test('a hub that leaves one mask on does not pass', () => {
  for (let seed = 1; seed <= 5; seed++) {
    const tamper = (end: Opened): Opened => ({ ...end, secrets: end.secrets.slice(1) })
    const round = () =>
      simulate(createCohort(seed, { members: 4 }), diceOf(seed), { stopChances: [], tamper })
    try {
      const { mean, expected } = round()
      assert.notDeepEqual(mean, expected)
    } catch (error) {
      assert.ok(isRefusal(error, 'update-shape'), String(error))
    }
  }
})
