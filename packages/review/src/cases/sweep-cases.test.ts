import assert from 'node:assert/strict'
import test from 'node:test'
import { createOrderedIds } from '@consort/protocol'
import { migrate, retentionSchema } from '@consort/storage'
import { openTestDatabase } from '@consort/storage/testing/open-test-database'
import type { CaseFile } from '../case-file.ts'
import { feedbackOn, keepFeedback } from '../feedback/feedback-store.ts'
import { reviewSchema } from '../migrations.ts'
import type { ReviewTables } from '../tables.ts'
import { sampleCase } from '../testing/sample-case.ts'
import { addCase, keepState } from './case-store.ts'
import { sweepCases } from './sweep-cases.ts'

const day = (date: number): Date => new Date(Date.UTC(2026, 0, date))
const by = { id: 'key_ann', name: 'ann' } as const

test('of old cases go those that nobody needs: not what waits, trains, or made the present guarantee', async () => {
  await using database = await openTestDatabase<ReviewTables>()
  await migrate(database, [reviewSchema, retentionSchema])
  let nowMs = day(1).getTime()
  const nextId = createOrderedIds('case', {
    entropy: { bytes: count => new Uint8Array(count) },
    nowMs: () => nowMs,
  })
  const names = new Map<string, string>()
  const add = async (
    name: string,
    changes: Partial<CaseFile>,
    state: CaseFile['state']['kind'],
    guarantee = 1,
  ) => {
    const base = sampleCase()
    const file = sampleCase({
      id: nextId(),
      idempotencyKey: name,
      decision: { ...base.decision, guarantee },
      ...changes,
    })
    names.set(file.id, name)
    await database.transaction().execute(async transaction => {
      await addCase(transaction, file)
      const judged = { class: 'ill', by, at: day(2).toISOString() }
      if (state === 'closed')
        await keepState(transaction, {
          id: file.id,
          revision: 2,
          state: { kind: 'closed', first: judged, final: judged },
        })
      if (state === 'cancelled')
        await keepState(transaction, {
          id: file.id,
          revision: 2,
          state: { kind: 'cancelled', at: day(2).toISOString() },
        })
    })
    return file
  }
  const weighed = await add('weighed under an earlier guarantee', { role: 'calibrate' }, 'closed')
  await add('of the present guarantee', { role: 'calibrate' }, 'closed', 2)
  await add('tested under an earlier guarantee', { role: 'test' }, 'closed')
  await add('training example', { role: 'train' }, 'closed')
  await add('taken back', { role: 'train' }, 'cancelled')
  await add('waiting', { role: 'calibrate' }, 'waiting')
  await add('of another version', { role: 'test', version: 'ver_0000000000000009' }, 'closed')
  nowMs = day(9).getTime()
  await add('young', { role: 'test' }, 'closed')
  const said = { case: weighed.id, saidBy: 'key_a', verdict: 'right', label: null, at: '' } as const
  await database.transaction().execute(trx => keepFeedback(trx, said))

  const { agent, version } = sampleCase()
  const sweep = async (guarantee: number | null) => {
    let gone = 0
    for await (const count of sweepCases(database, { agent, version, guarantee }, day(5))) gone += count
    return gone
  }
  const left = async () => {
    const rows = await database.selectFrom('asked_case').select('id').orderBy('id').execute()
    return rows.map(({ id }) => names.get(id))
  }
  assert.equal(await sweep(2), 3)
  const kept = ['training example', 'waiting', 'of another version', 'young']
  assert.deepEqual(await left(), ['of the present guarantee', ...kept])
  assert.equal(await feedbackOn(database, said), undefined)
  assert.deepEqual([await sweep(2), await sweep(null)], [0, 1])
  assert.deepEqual(await left(), kept)
})
