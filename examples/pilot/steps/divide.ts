import assert from 'node:assert/strict'
import type { StatementView } from '@consort/protocol'
import { type Step, until } from '../pilot.ts'

export const divide: Step = {
  title: 'Divide: the month in cents, worked out by the hub, worked out again and signed by every hospital',
  async run({ hub, hospitals, cases, say }) {
    const month = new Date().toISOString().slice(0, 'yyyy-mm'.length)
    await until(
      async () => {
        const { usage } = await hub.consort<StatementView>('statement', 'show', month)
        return usage.length >= cases.length ? true : undefined
      },
      60_000,
      'the hub has been told of every answer',
    )
    const { proposed } = await hub.consort<StatementView>('statement', 'make', month)
    const { revenue, lines } = proposed!.document
    assert.equal(revenue, cases.length * 250)
    assert.equal(
      lines.reduce((sum, { share }) => sum + share, 0),
      revenue,
    )
    assert.equal(
      lines.reduce((sum, { balance }) => sum + balance, 0),
      0,
    )
    for (const site of hospitals.values()) await site.consort('statement', 'sign', month)
    const { inForce } = await hub.consort<StatementView>('statement', 'show', month)
    assert.equal(inForce?.signatures.length, hospitals.size + 1)
    say(await hub.text('statement', 'show', month))
  },
}
