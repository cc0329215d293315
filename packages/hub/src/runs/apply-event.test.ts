import assert from 'node:assert/strict'
import test from 'node:test'
import type { RunState } from '@consort/federation'
import { createKeyPair } from '@consort/protocol'
import { createWaitingRoom } from '@consort/protocol/waiting-room'
import { openHubDatabase } from '../testing/open-hub-database.ts'
import type { HubTopic } from '../topics.ts'
import { announceRun, applyEvent } from './apply-event.ts'
import { readRun } from './run-store.ts'
import { createTraffic } from './traffic.ts'

/** So long that whoever is not told sleeps through the test, which then lets everybody go. */
const longWait = { seconds: 3600 }

test('whoever waits for a run, for its sums or for tasks is told of a change once it is kept', async t => {
  await using hub = await openHubDatabase()
  const { database, task } = hub
  const { run } = task.document
  const waiting = createWaitingRoom<HubTopic>()
  t.after(() => waiting.close())
  let looks = 0
  const look = async () => {
    looks += 1
    const { state } = await readRun(database, run)
    return state.phase === 'cancelled' ? state.phase : undefined
  }
  const topics: readonly HubTopic[] = [run, `aggregation ${run}`, 'tasks']
  const polls = topics.map(topic => waiting.until([topic], look, longWait))
  await manyTurns()
  assert.equal(looks, topics.length, 'each has looked, and waits')

  const key = createKeyPair()
  const entropy = { bytes: (length: number) => new Uint8Array(length) }
  const context = { key, database, entropy, now: () => new Date(0), waiting, traffic: createTraffic() }
  assert.equal(await applyEvent(context, run, { kind: 'cancelled' }), true)
  await manyTurns()
  waiting.close()
  const told = (await Promise.all(polls)).map((phase, index) => [topics[index], phase])
  assert.deepEqual(
    told,
    topics.map(topic => [topic, 'cancelled']),
  )
  assert.equal(await applyEvent(context, run, { kind: 'cancelled' }), false, 'it had ended')
})

test('whoever waits for tasks is woken when there are some, and not by each update that comes in', () => {
  const wakes = (before: RunState, after: RunState): boolean => {
    const announced: HubTopic[] = []
    const waiting = {
      ...createWaitingRoom<HubTopic>(),
      announce: (topic: HubTopic) => void announced.push(topic),
    }
    announceRun({ waiting }, 'run_0000000000000001', { before, after })
    assert.ok(announced.includes('run_0000000000000001'), 'those who watch the run always are')
    return announced.includes('tasks')
  }
  const selecting = { phase: 'selecting', round: 1, deadline: 0, waitingFor: '' } as const
  const training = { phase: 'training', round: 1, deadline: 0, stage: 'collecting', seats: [] } as const
  const evaluating = { phase: 'evaluating', round: 1, deadline: 0, seats: [] } as const
  const again = { ...selecting, attempt: 2 }
  assert.equal(wakes(selecting, training), true)
  assert.equal(wakes(again, { ...training, attempt: 2 }), true)
  assert.equal(wakes(training, evaluating), true)
  assert.equal(wakes(evaluating, { ...evaluating, round: 2 }), true)
  assert.equal(wakes(training, { phase: 'cancelled', round: 1 }), true)
  assert.equal(wakes(training, { ...training }), false)
  assert.equal(wakes(training, { ...training, stage: 'aggregating' }), false)
  assert.equal(wakes(training, again), false)
})

/** Enough for a look into a database in memory. */
async function manyTurns(): Promise<void> {
  for (let turn = 0; turn < 50; turn++) await new Promise(setImmediate)
}
