import assert from 'node:assert/strict'
import test, { type TestContext } from 'node:test'
import { createWaitingRoom, type WaitingRoom } from './waiting-room.ts'

/** So long that a test which waits for it in vain is ended by its own time. */
const longWait = { seconds: 3600 }

/** A room that is closed with its test: whoever still waits there would keep the process alive for an hour. */
function openRoom<Topic extends string = string>(t: TestContext): WaitingRoom<Topic> {
  const room = createWaitingRoom<Topic>()
  t.after(() => room.close())
  return room
}

test('what is announced while somebody looks is not slept through', { timeout: 10_000 }, async t => {
  const room = openRoom(t)
  const tasks: string[] = []
  let looks = 0
  const found = await room.until(
    ['tasks'],
    async () => {
      looks += 1
      const seen = tasks[0]
      // The look has read; the task is opened before the poll begins to wait.
      if (looks === 1) {
        tasks.push('tsk_1')
        room.announce('tasks')
      }
      return seen
    },
    longWait,
  )
  assert.deepEqual([found, looks], ['tsk_1', 2])
})

test('an announcement at any moment between the look and the wait is heard', {
  timeout: 10_000,
}, async t => {
  for (let moments = 0; moments < 60; moments++) {
    const room = openRoom(t)
    let task: string | undefined
    const slowLook = async (): Promise<string | undefined> => {
      const seen = task
      for (let moment = 0; moment < 20; moment++) await null
      return seen
    }
    const poll = room.until(['tasks'], slowLook, longWait)
    for (let moment = 0; moment < moments; moment++) await null
    task = 'tsk_1'
    room.announce('tasks')
    assert.equal(await poll, 'tsk_1', `announced after ${moments} turns`)
  }
})

test('any of several topics wakes, another one does not', { timeout: 10_000 }, async t => {
  const room = openRoom<'a' | 'b' | 'c'>(t)
  let looks = 0
  const polled = room.until(['a', 'b'], () => (++looks === 3 ? looks : undefined), longWait)
  await new Promise(setImmediate)
  for (const topic of ['c', 'b', 'c', 'a'] as const) {
    room.announce(topic)
    await new Promise(setImmediate)
  }
  assert.equal(await polled, 3)
})

test('when the time is over it looks once more and gives up', async t => {
  const room = openRoom(t)
  const looks: number[] = []
  const look = (): undefined => void looks.push(looks.length)
  assert.equal(await room.until(['a'], look, { seconds: 0 }), undefined)
  assert.equal(looks.length, 1)
  assert.equal(await room.until(['a'], look, { seconds: 0.01 }), undefined)
  assert.equal(looks.length, 3)
})

test('a room that closes and a signal that says so let everybody go', { timeout: 10_000 }, async t => {
  const room = openRoom(t)
  const ended = new AbortController()
  const look = (): undefined => undefined
  const polls = [
    room.until(['a'], look, { ...longWait, signal: ended.signal }),
    room.until(['a'], look, longWait),
  ]
  ended.abort()
  assert.equal(await polls[0], undefined)
  room.close()
  assert.equal(await polls[1], undefined)
  assert.equal(await room.until(['a'], look, longWait), undefined)
  assert.equal(await room.until(['a'], () => 'there', longWait), 'there')
})

test('what the look throws is thrown', { timeout: 10_000 }, async t => {
  const room = openRoom(t)
  const closed = new Error('task-closed')
  let isClosed = false
  const look = (): undefined => {
    if (isClosed) throw closed
  }
  const polled = room.until(['a'], look, longWait)
  isClosed = true
  room.announce('a')
  await assert.rejects(polled, closed)
})
