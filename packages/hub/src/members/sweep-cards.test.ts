import assert from 'node:assert/strict'
import test from 'node:test'
import { createId, type DataCard } from '@consort/protocol'
import { cardsWithTasks } from '../runs/tasks/task-store.ts'
import { openHubDatabase } from '../testing/open-hub-database.ts'
import { findCard, insertCard } from './card-store.ts'
import { keepStatistics, statisticsOfCards } from './statistics-store.ts'
import { sweepCards } from './sweep-cards.ts'

let count = 200 // the database has identifiers of its own
const entropy = { bytes: (length: number) => new Uint8Array(length).fill(count++) }

test('replaced cards go, but for those that a task names: lineage stays whole', async () => {
  await using opened = await openHubDatabase()
  const { database, task, caller } = opened
  await opened.keep()
  const ids = [1, 2, 3].map(() => createId('card', entropy))
  await database.transaction().execute(async transaction => {
    for (const [index, id] of ids.entries()) {
      const size = { trainExamples: index + 1, evaluationExamples: 0 }
      const document: DataCard = {
        ...{ kind: 'data-card', id, member: caller.id, dataset: 'd', role: 'train' },
        ...{ contents: { kind: 'table', columns: ['x'] }, ...size },
      }
      await insertCard(transaction, { document, signatures: [] }, new Date(Date.UTC(2026, 0, 1 + index)))
      const said = {
        kind: 'field-statistics' as const,
        ...{ card: id, member: caller.id, dataset: 'd', fields: [] },
      }
      await keepStatistics(transaction, { document: said, signatures: [] })
    }
  })
  const sweep = async (before: number) => {
    for await (const _ of sweepCards(database, new Date(before), cardsWithTasks));
  }
  await sweep(Date.UTC(2026, 0, 2, 12))
  const left = await Promise.all([task.document.card, ...ids].map(id => findCard(database, id)))
  assert.deepEqual(
    left.map(card => card !== undefined),
    [true, false, false, true],
    'the oldest has a task, and the latest is current',
  )
  const statistics = async () => (await statisticsOfCards(database, ids)).map(({ card }) => card)
  assert.deepEqual(await statistics(), [ids[2]], 'what was said of a card goes with it')
  await sweep(Date.UTC(2030, 0, 1))
  assert.deepEqual(await statistics(), [ids[2]], 'a present card stays, however old')
  assert.ok(await findCard(database, ids[2]!))
})
