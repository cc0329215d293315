import assert from 'node:assert/strict'
import test from 'node:test'
import { createWaitingRoom } from '@consort/protocol/waiting-room'
import { openHubDatabase } from '../../testing/open-hub-database.ts'
import type { HubTopic } from '../../topics.ts'
import { nextTask } from './next-task.ts'

test('a task that is opened at any moment of a poll is not slept through', { timeout: 60_000 }, async t => {
  for (let moments = 0; moments < 60; moments += 3) {
    await using hub = await openHubDatabase()
    const waiting = createWaitingRoom<HubTopic>()
    t.after(() => waiting.close())
    const poll = nextTask({ database: hub.database, waiting })({ query: { wait: 3600 }, caller: hub.caller })
    for (let moment = 0; moment < moments; moment++) await null
    await hub.keep()
    waiting.announce('tasks')
    const { task } = await poll
    assert.deepEqual(task, hub.task, `opened after ${moments} turns`)
  }
})
