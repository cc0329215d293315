import assert from 'node:assert/strict'
import test from 'node:test'
import { createWaitingRoom } from '@consort/protocol/waiting-room'
import { advertisementOf, openSum } from '../testing/open-sum.ts'
import type { HubTopic } from '../topics.ts'
import { closeDueStage } from './close-stage.ts'
import { keepMessage } from './exchange.ts'

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

/** Enough for a look into a database in memory. */
async function manyTurns(): Promise<void> {
  for (let turn = 0; turn < 50; turn++) await new Promise(setImmediate)
}
