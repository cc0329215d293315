import assert from 'node:assert/strict'
import test from 'node:test'
import { migrate, retentionSchema } from '@consort/storage'
import { openTestDatabase } from '@consort/storage/testing/open-test-database'
import type { Updateable } from 'kysely'
import { askedBefore, readCase } from '../asked/find-asked.ts'
import type { Advice, CaseFile } from '../case-file.ts'
import { type CaseState, cancelCase, operatorReviewer, type Reviewer, stepCase } from '../case-state.ts'
import { reviewSchema } from '../migrations.ts'
import type { ReviewTables } from '../tables.ts'
import { sampleCase } from '../testing/sample-case.ts'
import { casesToWeigh, lastCase } from './case-evidence.ts'
import { closedCount, openCases } from './case-queue.ts'
import { judgementColumns } from './case-row.ts'
import { addCase, keepAdvice, keepState } from './case-store.ts'
import { judgedApart, labelledBy } from './labelled-cases.ts'

const ann: Reviewer = { id: 'key_ann', name: 'ann' }
const ben: Reviewer = { id: 'key_ben', name: 'ben' }

async function openCasesDatabase() {
  const database = await openTestDatabase<ReviewTables>()
  await migrate(database, [reviewSchema, retentionSchema])
  const add = async (number: number, changes: Partial<CaseFile> = {}): Promise<CaseFile> => {
    const file = sampleCase({
      id: `cas_${String(number).padStart(16, '0')}`,
      idempotencyKey: `question-${number}`,
      asked: `2026-01-01T00:00:0${number}.000Z`,
      ...changes,
    })
    await database.transaction().execute(transaction => addCase(transaction, file))
    return file
  }
  const keep = (file: CaseFile) => database.transaction().execute(transaction => keepState(transaction, file))
  return { database, add, keep, [Symbol.asyncDispose]: () => database.destroy() }
}

function begunBy(by: Reviewer, label = 'ill'): CaseState {
  return stepCase({ kind: 'waiting' }, { stage: 'first', class: label, by, at: '2026-01-02T00:00:00.000Z' })
}

function closedBy(by: Reviewer, label: string, at: string): CaseState {
  return stepCase(begunBy(by), { stage: 'final', class: label, by, at })
}

test('columns that no state has are refused with their name, not taken for another state', async () => {
  await using cases = await openCasesDatabase()
  const file = await cases.add(1)
  const sets: Partial<Updateable<ReviewTables['asked_case']>>[] = [
    { first_class: 'ill' },
    { ...judgementColumns(closedBy(ann, 'well', '2026-01-03T00:00:00.000Z')), first_by: null },
    { ...judgementColumns(closedBy(ann, 'well', '2026-01-03T00:00:00.000Z')), cancelled: '2026-01-04' },
    { ...judgementColumns(begunBy(ann)), first_by: 'mem_a' as 'operator' },
  ]
  for (const set of sets) {
    await cases.database
      .updateTable('asked_case')
      .set({ ...judgementColumns({ kind: 'waiting' }), ...set })
      .where('id', '=', file.id)
      .execute()
    await assert.rejects(readCase(cases.database, file.id), /those of no state/)
  }
})

test('a case comes back as it was kept, in every state', async () => {
  await using cases = await openCasesDatabase()
  const file = await cases.add(1, { webhook: 'https://app.example/' })
  assert.deepEqual(await readCase(cases.database, file.id), file)
  for (const state of [begunBy(ann), closedBy(ann, 'well', '2026-01-03T00:00:00.000Z')]) {
    await cases.keep({ ...file, state, revision: 2 })
    assert.deepEqual(await readCase(cases.database, file.id), { ...file, state, revision: 2 })
  }
  const at = '2026-01-04T00:00:00.000Z'
  for (const [number, before] of [
    [3, { kind: 'waiting' }],
    [4, begunBy(ann)],
  ] as const) {
    const asked = await cases.add(number)
    const state = cancelCase(before, at)
    await cases.keep({ ...asked, state, revision: 2 })
    assert.deepEqual(await readCase(cases.database, asked.id), { ...asked, state, revision: 2 })
  }
  assert.deepEqual(await openCases(cases.database, operatorReviewer), [])
  const decision = { ...file.decision, action: 'answer' } as const
  const audited = await cases.add(2, { decision })
  assert.deepEqual(await readCase(cases.database, audited.id), audited)
})

test('a case is there for the key that asked it only, where that is asked for', async () => {
  await using cases = await openCasesDatabase()
  const { id } = await cases.add(1)
  assert.equal((await readCase(cases.database, id, { askedBy: 'key_a' })).id, id)
  await assert.rejects(readCase(cases.database, id, { askedBy: 'key_b' }), { code: 'not-found' })
})

test('an idempotency key finds its case, refuses another question, and is each key’s own', async () => {
  await using cases = await openCasesDatabase()
  const file = await cases.add(1)
  assert.deepEqual(await askedBefore(cases.database, file), { kind: 'case', file })
  await assert.rejects(askedBefore(cases.database, { ...file, requestDigest: `sha256:${'2'.repeat(64)}` }), {
    code: 'state-conflict',
  })
  assert.equal(await askedBefore(cases.database, { ...file, askedBy: 'key_b' }), undefined)
})

test('the queue holds what waits for this person, the oldest first, and audits after what somebody waits for', async () => {
  await using cases = await openCasesDatabase()
  const [third, first, bens] = [await cases.add(3), await cases.add(1), await cases.add(2)]
  const done = await cases.add(4)
  const audited = await cases.add(0, { decision: { ...done.decision, action: 'answer' } })
  await cases.keep({ ...bens, state: begunBy(ben) })
  await cases.keep({ ...done, state: closedBy(ann, 'ill', '2026-01-03T00:00:00.000Z') })
  assert.deepEqual(await openCases(cases.database, ann), [first.id, third.id, audited.id])
  assert.deepEqual(await openCases(cases.database, ben), [first.id, bens.id, third.id, audited.id])
  assert.deepEqual(await openCases(cases.database, operatorReviewer), [
    first.id,
    bens.id,
    third.id,
    audited.id,
  ])
  assert.equal(await closedCount(cases.database, ann), 1)
  assert.equal(await closedCount(cases.database, ben), 0)
})

test('a case whose caller was told what a partner said is asked of nobody, but for a spot check', async () => {
  await using cases = await openCasesDatabase()
  const advice: Advice = {
    consultation: 'con_0000000000000000',
    partner: 'b',
    class: 'well',
    confidence: 0.93,
    version: 'ver_1111111111111111',
    propensity: 1,
    at: '2026-01-02T00:00:00.000Z',
    wasWaiting: true,
    isTold: true,
    threshold: 0.9,
  }
  const told = (file: CaseFile, of: CaseFile['advice'], isAudited: boolean) =>
    cases.database
      .transaction()
      .execute(transaction => keepAdvice(transaction, { ...file, advice: of, revision: 2 }, { isAudited }))
  const [settled, audited, suggested] = [await cases.add(1), await cases.add(2), await cases.add(3)]
  await told(settled, advice, false)
  await told(audited, advice, true)
  await told(suggested, { ...advice, isTold: false }, false)
  assert.deepEqual(await openCases(cases.database, ann), [audited.id, suggested.id])
  assert.deepEqual((await readCase(cases.database, settled.id)).state, { kind: 'answered' })
})

test('of a very long queue its front is shown', async () => {
  await using cases = await openCasesDatabase()
  await cases.database.transaction().execute(async transaction => {
    for (let number = 0; number < 1001; number++) {
      const id = `cas_${String(number).padStart(16, '0')}` as const
      await addCase(transaction, sampleCase({ id, idempotencyKey: id }))
    }
  })
  const shown = await openCases(cases.database, ann)
  assert.deepEqual([shown.length, shown.at(-1)], [1000, 'cas_0000000000000999'])
})

test('closed cases are labelled records of their role, in the order of closing', async () => {
  await using cases = await openCasesDatabase()
  const [late, early, test] = [await cases.add(1), await cases.add(2), await cases.add(3, { role: 'test' })]
  await cases.add(4)
  await cases.keep({ ...early, state: closedBy(ann, 'well', '2026-01-05T00:00:00.000Z') })
  await cases.keep({ ...late, state: closedBy(ann, 'ill', '2026-01-04T00:00:00.000Z') }) // by a clock set back
  await cases.keep({ ...test, state: closedBy(ann, 'well', '2026-01-03T00:00:00.000Z') })
  const of = (role: CaseFile['role'], dataset = 'wards') => labelledBy(cases.database, { dataset, role })
  assert.deepEqual(
    (await of('train')).map(({ id, label }) => [id, label]),
    [
      [early.id, 'well'],
      [late.id, 'ill'],
    ],
  )
  assert.deepEqual(await of('test'), [{ id: test.id, record: test.record, label: 'well' }])
  assert.deepEqual(await of('train', 'other'), [])
})

test('what people judged apart from the gate is of one guarantee, labelled, and of no case that calibrated it', async () => {
  await using cases = await openCasesDatabase()
  const { decision } = sampleCase()
  const closed = (label: string) => closedBy(ann, label, '2026-01-03T00:00:00.000Z')
  const all: readonly [Partial<CaseFile>, CaseState][] = [
    [{}, closed('ill')],
    [{ role: 'test' }, closed('well')],
    [{ role: 'calibrate' }, closed('well')],
    [{}, begunBy(ann)],
    [{ version: 'ver_1111111111111111' }, closed('well')],
    [{ agent: 'other' }, closed('well')],
    [{ decision: { ...decision, guarantee: 2 } }, closed('well')],
  ]
  for (const [number, [changes, state]] of all.entries())
    await cases.keep({ ...(await cases.add(number, changes)), state })
  const place = { agent: 'triage', version: 'ver_0000000000000000', guarantee: 1 } as const
  const judged = await judgedApart(cases.database, place)
  assert.deepEqual(judged.map(({ isWrong }) => isWrong).sort(), [false, true])
})

test('cases to weigh come in the order in which they were asked, of their version and role only', async () => {
  await using cases = await openCasesDatabase()
  const role = 'calibrate'
  const [second, first] = [await cases.add(2, { role }), await cases.add(1, { role })]
  await cases.add(3)
  await cases.add(4, { role, version: 'ver_1111111111111111' })
  await cases.keep({ ...second, state: closedBy(ann, 'ill', '2026-01-03T00:00:00.000Z') })
  const place = { agent: first.agent, version: first.version, limit: 10 }
  const found = await casesToWeigh(cases.database, { ...place, after: null })
  assert.deepEqual(
    found.map(({ id, state }) => [id, state.kind]),
    [
      [first.id, 'waiting'],
      [second.id, 'closed'],
    ],
  )
  assert.equal((await casesToWeigh(cases.database, { ...place, after: first.id })).length, 1)
  assert.equal(await lastCase(cases.database, first.agent), 'cas_0000000000000004')
  assert.equal(await lastCase(cases.database, 'other'), null)
})
