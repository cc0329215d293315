import assert from 'node:assert/strict'
import test from 'node:test'
import { migrate } from '@consort/storage'
import { openTestDatabase } from '@consort/storage/testing/open-test-database'
import type { CaseFile } from '../case-file.ts'
import { type CaseState, cancelCase, type Reviewer, stepCase } from '../case-state.ts'
import { addCase, keepState } from '../cases/case-store.ts'
import { reviewSchema } from '../migrations.ts'
import type { ReviewTables } from '../tables.ts'
import { sampleCase } from '../testing/sample-case.ts'
import { countDecided } from './count-decided.ts'

const ann: Reviewer = { id: 'key_ann', name: 'ann' }
const at = '2026-01-02T00:00:00.000Z'
const said = { class: 'ill', by: ann, at } as const
const waiting: CaseState = { kind: 'waiting' }
const begun = stepCase(waiting, { stage: 'first', ...said })
const closed = stepCase(begun, { stage: 'final', ...said })

test('a label is awaited where a case to calibrate with waits: not once it has come, or can come no more', async () => {
  await using database = await openTestDatabase<ReviewTables>()
  await migrate(database, [reviewSchema])
  const { decision } = sampleCase()
  const answered = { ...decision, action: 'answer' } as const
  const calibrate = { role: 'calibrate' } as const
  const cases: readonly [Partial<CaseFile>, CaseState][] = [
    [calibrate, waiting],
    [calibrate, begun],
    [calibrate, closed],
    [calibrate, cancelCase(waiting, at)],
    [{ role: 'train' }, waiting],
    [{ role: 'train' }, closed],
    [{ decision: answered, role: 'test' }, closed],
    [{ ...calibrate, decision: { ...decision, guarantee: 2 } }, waiting],
  ]
  for (const [number, [changes, state]] of cases.entries()) {
    const id = `cas_${String(number).padStart(16, '0')}` as const
    const file = sampleCase({ id, idempotencyKey: id, ...changes })
    await database.transaction().execute(async transaction => {
      await addCase(transaction, file)
      await keepState(transaction, { ...file, state })
    })
  }
  const { agent, version } = sampleCase()
  assert.deepEqual(await countDecided(database, { agent, version, guarantee: 1 }), {
    answered: 1,
    consulted: 0,
    deferred: 6,
    labelledDeferred: 2,
    labelledAudited: 1,
    awaited: 2,
  })
})
