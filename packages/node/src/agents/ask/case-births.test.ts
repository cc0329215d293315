import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import test from 'node:test'
import type { Id } from '@consort/protocol'
import { addCase } from '@consort/review'
import { sampleCase } from '@consort/review/testing'
import { openServedAgent, type ServedAgent } from '../../testing/open-served-agent.ts'
import { findEvidence } from '../promise/evidence-store.ts'
import { weighLabels } from '../promise/weigh-labels.ts'
import { readAgent } from '../registry/agent-store.ts'
import { openCaseBirths } from './case-births.ts'

const openBirths = ({ database }: ServedAgent, now: string) =>
  openCaseBirths({
    database,
    entropy: { bytes: count => randomBytes(count) },
    now: () => new Date(now),
    splitKey: new Uint8Array(32),
  })

/** Keeps a case of the role calibrate whose label never comes, and weighs it when it is overdue. */
async function weigh({ database, rules }: ServedAgent, id: Id<'case'>): Promise<void> {
  const { agent, version } = rules
  const of = { id, agent, version, idempotencyKey: id, asked: '2026-01-01T00:00:00.000Z' } as const
  await database
    .transaction()
    .execute(transaction => addCase(transaction, sampleCase({ ...of, role: 'calibrate' })))
  const context = { key: { publicKey: 'key' }, now: () => new Date('2027-01-01T00:00:00.000Z') }
  const view = await readAgent(database, agent)
  await database.transaction().execute(transaction => weighLabels(context, transaction, view, version))
}

test('a case that is asked after a restart with the clock set back is weighed', async () => {
  await using agent = await openServedAgent()
  const { nextId: before } = await openBirths(agent, '2026-06-01T00:00:00.000Z')
  await weigh(agent, before())
  const last = before()
  await weigh(agent, last)
  const { nextId: after } = await openBirths(agent, '2026-01-01T00:00:00.000Z')
  const next = after()
  await weigh(agent, next)
  const evidence = await findEvidence(agent.database, agent.evidence)
  assert.deepEqual([evidence?.weighedTo, evidence?.guarantee.evidence.labels], [next, 3])
})

test('an id comes after what was weighed, also when the case itself is no longer kept', async () => {
  await using agent = await openServedAgent()
  const { nextId: before } = await openBirths(agent, '2026-06-01T00:00:00.000Z')
  const last = before()
  await weigh(agent, last)
  await agent.database.deleteFrom('asked_case').execute()
  const { nextId: after } = await openBirths(agent, '2026-01-01T00:00:00.000Z')
  assert.ok(after() > last)
})
