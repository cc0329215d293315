import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { parseKeyPair, type Statement, type StatementView, signDocument } from '@consort/protocol'
import { memberKey } from '../member-key.ts'
import type { Pilot, Step } from '../pilot.ts'
import { until } from '../until.ts'

export const divide: Step = {
  title: 'Divide: the month in cents, worked out by the hub, worked out again and signed by every hospital',
  async run(pilot) {
    const { hub, hospitals, cases, say } = pilot
    const month = new Date().toISOString().slice(0, 'yyyy-mm'.length)
    await until(
      async () => {
        const { uncounted = 0 } = await hub.consort<StatementView>('statement', 'show', month)
        return uncounted >= cases.length ? true : undefined
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
    await moveOneCent(pilot, month, proposed!.document)
    for (const site of hospitals.values()) await site.consort('statement', 'sign', month)
    const { inForce } = await hub.consort<StatementView>('statement', 'show', month)
    assert.equal(inForce?.signatures.length, hospitals.size + 1)
    say(await hub.text('statement', 'show', month))
  },
}

/** The hub itself moves one cent from one hospital to another, in a statement that it has signed. */
async function moveOneCent(pilot: Pilot, month: string, statement: Statement): Promise<void> {
  const { hub, hospitals, tap, caught } = pilot
  const fault = 'a wrong cent'
  const member = await memberKey(pilot, 'hungarian')
  const key = parseKeyPair(readFileSync(hub.file('hub.key'), 'utf8'))
  const moved = structuredClone(statement) as { lines: { share: number; balance: number }[] } & Statement
  for (const [index, cents] of [1, -1].entries()) {
    moved.lines[index]!.share += cents
    moved.lines[index]!.balance += cents
  }
  const text = (document: Statement): string => JSON.stringify(document)
  const plant = (from: string, to: string) =>
    tap.plant({
      name: fault,
      method: 'GET',
      path: '^/v1/statements/',
      member,
      how: { kind: 'replace', from, to },
    })
  const signed = { document: moved, signatures: [signDocument(moved, key)] }
  const { proposed } = await hub.consort<StatementView>('statement', 'show', month)
  assert.equal(text(proposed!.document), text(statement))
  plant(JSON.stringify(proposed), JSON.stringify(signed))
  const { refusal } = await hospitals.get('hungarian')!.try('statement', 'sign', month)
  assert.equal(refusal?.code, 'statement-wrong')
  await tap.struck(fault)
  caught(fault, refusal.message)
}
