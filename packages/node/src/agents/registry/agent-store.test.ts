import assert from 'node:assert/strict'
import test from 'node:test'
import { startVersionEvidence } from '@consort/agents'
import { isRefusal } from '@consort/protocol'
import { type Json, migrate } from '@consort/storage'
import { openTestDatabase } from '@consort/storage/testing/open-test-database'
import { type AgentTables, agentSchema, type KeptRules } from '../../tables/agent-tables.ts'
import { findEvidence, keepPopulation, keepVersionEvidence, lastNumber } from '../promise/evidence-store.ts'
import {
  type AgentRules,
  keepAgent,
  keepChallenger,
  readAgent,
  readAgents,
  versionServed,
} from './agent-store.ts'

const at = '2026-01-01T00:00:00.000Z'
const rules: AgentRules = {
  agent: 'digits',
  dataset: 'set',
  version: 'ver_0000000000000001',
  alpha: 0.1,
  delta: 0.1,
  costs: { error: 5, price: 1, waiting: 0 },
  beta: 2,
  exploration: { casesToDouble: 100, forbiddenFor: ['seven'] },
  audit: { shareMin: 0.05, shareAtThreshold: 0.2 },
  labelDays: 30,
  watchPopulation: false,
  since: at,
}

/** A version as it is put, without a held-out record. */
function evidenceOf(version: 'ver_0000000000000001' | 'ver_0000000000000002', number: number) {
  return startVersionEvidence(
    {
      calibration: {
        calibrator: { kind: 'temperature', temperature: 1.5 },
        conformal: { method: { kind: 'lac' }, classes: 2, cutoffs: [0.5, Number.POSITIVE_INFINITY] },
        records: 20,
        confidences: [0.4, 0.9],
        source: 'sha256:1',
        delta: 0.1,
      },
      thresholds: [0.9, 0.5],
      heldOut: [{ confidence: 0.95, class: 'seven', isWrong: false }],
    },
    rules,
    { agent: rules.agent, version, number, after: null, at, lastCase: null },
  )
}

async function openStore() {
  const database = await openTestDatabase<AgentTables>()
  await migrate(database as never, [agentSchema])
  await database.transaction().execute(async transaction => {
    await keepAgent(transaction, rules)
    await keepVersionEvidence(transaction, evidenceOf('ver_0000000000000001', 1))
  })
  return Object.assign(database, { [Symbol.asyncDispose]: () => database.destroy() })
}

test('an agent is read as it was kept, its challenger too, and what evidence says stands in its view', async () => {
  await using database = await openStore()
  const challenger = {
    version: 'ver_0000000000000002',
    share: 0.25,
    since: at,
    state: 'running',
    better: 3,
    worse: 1,
    labelled: 9,
    evidence: 0.5,
  } as const
  await database.transaction().execute(async transaction => {
    await keepVersionEvidence(transaction, evidenceOf('ver_0000000000000002', 2))
    await keepChallenger(transaction, rules.agent, challenger)
  })
  const view = await readAgent(database, rules.agent)
  assert.deepEqual({ ...view, ...rules }, view)
  assert.equal(view.gate.kind, 'closed')
  assert.equal(view.gate.labels, 1)
  assert.deepEqual({ ...view.challenger, ...challenger }, view.challenger)
  assert.equal(view.challenger?.guarantee.number, 2)
  assert.equal(await versionServed(database, rules.agent), 'ver_0000000000000001')
  assert.equal(await lastNumber(database, rules.agent), 2)
  // Put anew, it has no challenger any more.
  await database.transaction().execute(transaction => keepAgent(transaction, { ...rules, alpha: 0.2 }))
  const [again] = await readAgents(database)
  assert.deepEqual([again?.alpha, again?.challenger], [0.2, null])
})

test('evidence is read as it was kept; counts of cases belong to their guarantee', async () => {
  await using database = await openStore()
  const evidence = evidenceOf('ver_0000000000000001', 1)
  assert.deepEqual(await findEvidence(database, evidence), evidence)
  const { populationWatch } = evidence
  await keepPopulation(database, { ...evidence, number: 7, cases: 70, populationWatch })
  assert.equal((await findEvidence(database, evidence))?.cases, 0)
  await keepPopulation(database, { ...evidence, cases: 5, populationWatch })
  assert.equal((await findEvidence(database, evidence))?.cases, 5)
  assert.equal(
    await findEvidence(database, { agent: rules.agent, version: 'ver_0000000000000003' }),
    undefined,
  )
})

test('rules of an older version have the defaults; a text that is none of them names its column', async () => {
  await using database = await openStore()
  const keep = (text: string) =>
    database
      .updateTable('agent')
      .set({ rules: text as Json<KeptRules> })
      .execute()
  await keep('{}')
  const { exploration, audit, labelDays, watchPopulation } = await readAgent(database, rules.agent)
  assert.deepEqual(
    { exploration, audit, labelDays, watchPopulation },
    {
      exploration: { casesToDouble: null, forbiddenFor: [] },
      audit: { shareMin: 0.05 },
      labelDays: 30,
      watchPopulation: true,
    },
  )
  await keep('{"labelDays":"soon"}')
  await assert.rejects(readAgent(database, rules.agent), /agent\.rules/)
  await assert.rejects(readAgent(database, 'nobody'), error => isRefusal(error, 'not-found'))
})
