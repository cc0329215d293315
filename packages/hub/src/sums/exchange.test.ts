import assert from 'node:assert/strict'
import test from 'node:test'
import { surveyContext } from '@consort/federation'
import { advertiseKeys, type RoundContext } from '@consort/privacy'
import { createKeyPair, digestOfJson, type MemberMessage, type Survey } from '@consort/protocol'
import { openHubDatabase } from '../testing/open-hub-database.ts'
import { findMessage, insertMessage, openAttempt, readAttempt } from './attempt-store.ts'
import { isKnown, keepMessage } from './exchange.ts'

const digest = digestOfJson('x')
const survey: Survey = {
  kind: 'survey',
  id: 'srv_0000000000000000',
  dataset: 'd',
  agreement: digest,
  roster: digest,
  questions: [{ kind: 'candidates', field: 'sex', candidates: ['f', 'm'] }],
  rowsMax: 1000,
  epsilon: 1,
  delta: 1e-6,
  withinMs: 1000,
}
const identities = new Map(['a', 'b', 'c', 'd'].map(name => [name, createKeyPair()]))
let draws = 0
const entropy = { bytes: (length: number) => new Uint8Array(length).fill(++draws) }

/** Fresh keys of a member: another message each time. */
function advertisementOf(context: RoundContext, self: string): MemberMessage {
  return advertiseKeys(context, { self, identity: identities.get(self)!, entropy }).message
}

async function openSum() {
  const hub = await openHubDatabase()
  const members = [...identities].map(([name, { publicKey: key }]) => ({ name, key }))
  const context = surveyContext({ survey, attempt: 1, members })
  const within = hub.database.transaction()
  await within.execute(transaction => openAttempt(transaction, survey.id, context, null))
  const read = () => readAttempt(hub.database, survey.id, 1)
  return { ...hub, context, read }
}

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
