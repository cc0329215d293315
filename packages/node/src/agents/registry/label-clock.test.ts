import assert from 'node:assert/strict'
import test from 'node:test'
import { startVersionEvidence } from '@consort/agents'
import { addCase } from '@consort/review'
import { sampleCase } from '@consort/review/testing'
import { sql } from 'kysely'
import { openServedAgent, type ServedAgent } from '../../testing/open-served-agent.ts'
import { findEvidence, keepVersionEvidence } from '../promise/evidence-store.ts'
import { keepAgent, keepChallenger } from './agent-store.ts'
import { startLabelClock } from './label-clock.ts'

const [served, tried] = ['ver_0000000000000001', 'ver_0000000000000002'] as const
const at = '2026-01-01T00:00:00.000Z'
const tenMinutesMs = 600_000

/** A second agent beside `digits`, which tries out a challenger; one case of each is overdue. */
async function addOverdue({ database, rules, evidence }: ServedAgent): Promise<void> {
  const { calibration } = evidence
  const born = { number: 2, after: null, at, lastCase: null }
  await database.transaction().execute(async transaction => {
    const challenger = { agent: 'digits', version: tried, ...born }
    const start = { calibration, thresholds: [0.9], heldOut: [] }
    await keepVersionEvidence(transaction, startVersionEvidence(start, rules, challenger))
    const counts = { better: 0, worse: 0, labelled: 0, evidence: 1 }
    const trial = { version: tried, share: 0.5, since: at, state: 'running', ...counts } as const
    await keepChallenger(transaction, 'digits', trial)
    await keepAgent(transaction, { ...rules, agent: 'letters' })
    await keepVersionEvidence(transaction, { ...evidence, agent: 'letters' })
    for (const [place, agent, version, guarantee] of [
      [1, 'digits', served, 1],
      [2, 'digits', tried, 2],
      [3, 'letters', served, 1],
    ] as const) {
      const { decision } = sampleCase()
      await addCase(
        transaction,
        sampleCase({
          id: `cas_000000000000000${place}`,
          idempotencyKey: `question-${place}`,
          role: 'calibrate',
          decision: { ...decision, guarantee },
          ...{ agent, version },
        }),
      )
    }
  })
}

test('what was weighed is told, and others are weighed, though the weighing of a challenger fails', async t => {
  t.mock.timers.enable({ apis: ['setInterval'] })
  await using agent = await openServedAgent()
  const { database } = agent
  await addOverdue(agent)
  await sql`create trigger full before update on standing when new.version = ${sql.lit(tried)}
    begin select raise(abort, 'database or disk is full'); end`.execute(database)
  const forgotten: string[] = []
  const errors: string[] = []
  const stack = new AsyncDisposableStack()
  startLabelClock(stack, {
    database,
    key: { publicKey: 'key' },
    now: () => new Date('2026-06-01T00:00:00.000Z'),
    agents: { forget: name => void forgotten.push(name) },
    log: { error: (said: unknown) => void errors.push(JSON.stringify(said)) },
  })
  t.mock.timers.tick(tenMinutesMs)
  await stack.disposeAsync()
  const weighed = async (name: string, version: typeof served | typeof tried) =>
    (await findEvidence(database, { agent: name, version }))?.weighedTo
  assert.equal(await weighed('digits', served), 'cas_0000000000000001')
  assert.equal(await weighed('digits', tried), null)
  assert.equal(await weighed('letters', served), 'cas_0000000000000003')
  assert.deepEqual(forgotten, ['digits', 'letters'])
  assert.match(errors.join(), /disk is full/)
})
