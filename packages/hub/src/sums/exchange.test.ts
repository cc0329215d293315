import assert from 'node:assert/strict'
import test from 'node:test'
import { advertisementOf, openSum } from '../testing/open-sum.ts'
import { findMessage, insertMessage } from './attempt-store.ts'
import { isKnown, keepMessage } from './exchange.ts'

test('a member says one thing of a kind: the same again is known, another one is refused, and the first stays', async () => {
  await using sum = await openSum()
  const { database, context } = sum
  const attempt = await sum.read()
  const [first, second] = [advertisementOf(context, 'a'), advertisementOf(context, 'a')]
  assert.notDeepEqual(first, second)
  assert.equal(await isKnown(database, attempt, first, 'a'), false)
  await database.transaction().execute(transaction => keepMessage(transaction, attempt, first))
  assert.equal(await isKnown(database, attempt, first, 'a'), true)
  await assert.rejects(isKnown(database, attempt, second, 'a'), { code: 'state-conflict' })
  const keeping = database.transaction()
  await assert.rejects(
    keeping.execute(transaction => keepMessage(transaction, attempt, second)),
    { code: 'state-conflict' },
    'also when both came at the same time',
  )
  await database.transaction().execute(transaction => insertMessage(transaction, attempt, second))
  assert.deepEqual(await findMessage(database, attempt, second), first)
  const { state } = await sum.read()
  assert.deepEqual(state.stage === 'collecting-keys' && state.advertisements, [first])
})

test('a message in the name of another member, or of another attempt, is refused', async () => {
  await using sum = await openSum()
  const attempt = await sum.read()
  const message = advertisementOf(sum.context, 'a')
  await assert.rejects(isKnown(sum.database, attempt, message, 'b'), { code: 'not-allowed' })
  const other = advertisementOf({ ...sum.context, attempt: 2 }, 'a')
  await assert.rejects(isKnown(sum.database, attempt, other, 'a'), { code: 'digest-mismatch' })
})
