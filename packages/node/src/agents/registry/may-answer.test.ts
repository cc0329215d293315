import assert from 'node:assert/strict'
import test from 'node:test'
import { type Caller, type CallOptions, hubEndpoints, Refusal } from '@consort/protocol'
import { createMayAnswer } from './may-answer.ts'

function lookingWith(call: (options?: CallOptions) => Promise<unknown>): Promise<void> {
  return createMayAnswer({
    call: ((_: unknown, __: unknown, options?: CallOptions) => call(options)) as Caller,
    terms: async () => null,
    enrolment: { name: 'a' },
    acceptAgreement: (_, prompt) => prompt(hubEndpoints.getRoster),
  }).lookForAgreement()
}

const shown = { inForce: { document: { roster: 'sha256:0' } } }

test('all that is asked while somebody waits for an agent is asked promptly', async () => {
  const waits: (number | undefined)[] = []
  await lookingWith(async options => {
    waits.push(options?.timeoutMs)
    return shown
  })
  assert.equal(waits.length, 2)
  for (const ms of waits) assert.ok(ms !== undefined && ms <= 5000, `waits ${ms} ms`)
})

test('a hub that is lost while an agreement is checked counts as one that was not there', async () => {
  for (const code of ['unreachable', 'version-unsupported'] as const) {
    let asked = 0
    await lookingWith(async () => {
      if (asked++ > 0) throw new Refusal(code, 'lost')
      return shown
    })
    assert.equal(asked, 2)
  }
})
