import assert from 'node:assert/strict'
import test from 'node:test'
import type { Participant } from '@consort/privacy'
import { createWaitingRoom } from '@consort/protocol/waiting-room'
import { advertisementOf, answerOf, openSum } from '../testing/open-sum.ts'
import type { HubTopic } from '../topics.ts'
import { closeDueStage } from './close-stage.ts'
import { keepMessage, messageFor } from './exchange.ts'

/** So long that whoever is not told sleeps through the test, which then lets everybody go. */
const longWait = { seconds: 3600 }
const owner = { inputsMs: 1000, away: [], leaveOut: async () => {}, opened: async () => {} }

test('a stage is closed when its time is up and not before, and whoever waits for it is told', async t => {
  await using sum = await openSum({ deadline: 1000 })
  const waiting = createWaitingRoom<HubTopic>()
  t.after(() => waiting.close())
  const attempt = await sum.read()
  const look = async () => {
    const { stage } = (await sum.read()).state
    return stage === 'collecting-keys' ? undefined : stage
  }
  const poll = waiting.until([`aggregation ${attempt.run}`], look, longWait)
  const closeAt = (ms: number) =>
    closeDueStage({ database: sum.database, now: () => new Date(ms), waiting }, attempt, owner)
  assert.equal(await closeAt(999), false)
  assert.equal(await closeAt(1000), true)
  await manyTurns()
  waiting.close()
  assert.equal(await poll, 'discarded', 'nobody had sent a key')
  assert.equal(await closeAt(1000), false, 'once')
})

test('a stage whose deadline a clock set that had run ahead takes no longer than the inputs may', async () => {
  await using sum = await openSum({ deadline: 1_000_000 })
  const attempt = await sum.read()
  const closeAt = (ms: number) =>
    closeDueStage(
      { database: sum.database, now: () => new Date(ms), waiting: { announce: () => {} } },
      attempt,
      owner,
    )
  assert.deepEqual([await closeAt(5000), (await sum.read()).deadline], [false, 6000])
  assert.deepEqual([await closeAt(5500), (await sum.read()).deadline], [false, 6000], 'not put off again')
  assert.equal(await closeAt(6000), true)
})

test('a stage is closed before its time when all have answered who are not away', async () => {
  await using sum = await openSum({ deadline: 1_000_000 })
  const attempt = await sum.read()
  const close = (away: readonly string[]) => {
    const context = { database: sum.database, now: () => new Date(0), waiting: { announce: () => {} } }
    return closeDueStage(context, attempt, { ...owner, away })
  }
  for (const name of ['a', 'b', 'c']) {
    const message = advertisementOf(sum.context, name)
    await sum.database.transaction().execute(transaction => keepMessage(transaction, attempt, message))
  }
  assert.equal(await close([]), false)
  assert.equal(await close(['d']), true)
  assert.equal((await sum.read()).state.stage, 'collecting-shares')
})

test('that shares are asked for is kept from then on, also of an attempt that is discarded afterwards', async () => {
  await using sum = await openSum()
  const { context, database, read } = sum
  const close = async (ms: number) => {
    const at = { database, now: () => new Date(ms), waiting: { announce: () => {} } }
    await closeDueStage(at, await read(), owner)
    const { state, isOpened } = await read()
    return [state.stage, isOpened]
  }
  const members = new Map<string, Participant>()
  const stages: unknown[] = []
  for (let stage = 0; stage < 4; stage++) {
    const attempt = await read()
    for (const { name } of context.members) {
      const before = members.get(name)
      const told = before && messageFor(attempt.state, { after: before.message.kind, name })
      const answer = answerOf(before, told, { context, self: name })
      members.set(name, answer)
      await database.transaction().execute(trx => keepMessage(trx, attempt, answer.message))
    }
    stages.push(await close(0))
  }
  assert.deepEqual(stages, [
    ['collecting-shares', false],
    ['collecting-inputs', false],
    ['collecting-signatures', false],
    ['collecting-openings', true],
  ])
  assert.deepEqual(await close(1_000_000), ['discarded', true])
})

/** Enough for a look into a database in memory. */
async function manyTurns(): Promise<void> {
  for (let turn = 0; turn < 50; turn++) await new Promise(setImmediate)
}
