import assert from 'node:assert/strict'
import test from 'node:test'
import { createKeyPair, type Id } from '@consort/protocol'
import { addCase, type CaseFile, keepState, operatorReviewer } from '@consort/review'
import { sampleCase } from '@consort/review/testing'
import { answeredRecords } from '../datasets/answered-records.ts'
import { keepInstead } from '../datasets/dataset-store.ts'
import { openServedAgent, type ServedAgent } from '../testing/open-served-agent.ts'
import { registered } from '../testing/registered-dataset.ts'
import { growDataset } from './grow.ts'

const roles: readonly CaseFile['role'][] = [
  'test',
  'train',
  'calibrate',
  'test',
  'calibrate',
  'train',
  'test',
]
const said = { class: 'ill', by: operatorReviewer, at: '2026-01-02T00:00:00.000Z' } as const

/** A data set of ten records, and a closed case of each of these roles. */
async function addCases({ database }: ServedAgent): Promise<void> {
  await database.transaction().execute(async transaction => {
    await keepInstead(transaction, registered('wards', 10))
    for (const [index, role] of roles.entries()) {
      const id: Id<'case'> = `cas_000000000000000${index}`
      const record = { kind: 'row' as const, cells: { age: index } }
      const file = sampleCase({ id, role, record, idempotencyKey: id })
      await addCase(transaction, file)
      const state = { kind: 'closed', first: said, final: said } as const
      await keepState(transaction, { id, state, revision: 2 })
    }
  })
}

test('a data set grows by the answered cases whose role is to train, and by no others', async () => {
  await using agent = await openServedAgent()
  const { database } = agent
  await addCases(agent)
  const entropy = { bytes: (length: number) => new Uint8Array(length).fill(200) }
  const policy = { read: () => ({ privacy: { budgets: [], exempt: {}, workMin: 0 } }) }
  const context = { database, key: createKeyPair(), now: () => new Date(0), entropy, policy }
  const grown = await growDataset(context, 'wards')
  assert.deepEqual([grown?.cases, grown?.signedCard.document.trainExamples], [2, 12])
  assert.equal(await growDataset(context, 'wards'), undefined, 'nothing is new')
})

test('the records of a grown data set are those cases, in the order of closing', async () => {
  await using agent = await openServedAgent()
  await addCases(agent)
  const rows = await answeredRecords(agent, { dataset: 'wards', count: 2 }, cases => cases)
  assert.deepEqual(
    rows.map(({ record, label }) => [record, label]),
    [1, 5].map(age => [{ kind: 'row', cells: { age } }, 'ill']),
  )
})
