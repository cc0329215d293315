import assert from 'node:assert/strict'
import test, { after } from 'node:test'
import { openPutBack } from './put-back.ts'

const putBack = openPutBack()
after(() => putBack[Symbol.dispose]())

/** Breaking edits by name, the kinds of actions that bring them out, and what has to be seen. */
const faults: readonly [id: string, kinds: string | undefined, broken: RegExp][] = [
  ['same-run-twice', undefined, /answered with "internal"/],
  ['second-order-fails', 'ask', /keeps the weights of/],
  ['work-row-stays', undefined, /keeps the work of/],
  ['sweep-keeps-updates', 'cancel', /keeps the updates of/],
  ['sweep-keeps-versions', 'ask', /keeps the weights of/],
  ['cancelled-run-keeps-updates', 'cancel,cut', /keeps the (updates|weights) of/],
  ['rest-not-released', 'ask,withdraw', /budget stays set aside/],
  ['commit-failure-hidden', 'failed-sync,ask', /./],
  ['reservation-never-settled', 'die', /was charged for 0/],
  ['ledgers-uncharged', 'die', /say something else than its releases/],
  ['signed-before-logged', 'amend,die', /its node's log does not say so/],
  ['commits-unsynced', 'join,amend,die', /is lost|has lost/],
  ['invite-not-taken-up', 'join,bad-link', /an invite cannot be taken up/],
  ['ids-go-back', 'clock,ask,restart', /comes before .*, which was there first/],
  ['sums-by-task', 'run', /is not the average of what was trained/],
]
const schedules = 100

for (const [id, kinds, broken] of faults)
  test(`schedules find ${id}`, async () => {
    const { found, output } = await putBack.find(id, { schedules, ...(kinds && { kinds }) })
    assert.match(found ?? '', broken, output)
  })
