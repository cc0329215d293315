import assert from 'node:assert/strict'
import test from 'node:test'
import { createOneAtATime } from './one-at-a-time.ts'

test('work is done in order, one at a time, whatever fails', async () => {
  const oneAtATime = createOneAtATime()
  const events: string[] = []
  const work = (name: string, fails = false) =>
    oneAtATime(async () => {
      events.push(`${name} begins`)
      await new Promise(resolve => setImmediate(resolve))
      events.push(`${name} ends`)
      if (fails) throw new Error(name)
      return name
    })
  const results = await Promise.allSettled([work('a'), work('b', true), work('c')])
  assert.deepEqual(
    results.map(result => result.status),
    ['fulfilled', 'rejected', 'fulfilled'],
  )
  assert.deepEqual(
    events,
    ['a', 'b', 'c'].flatMap(name => [`${name} begins`, `${name} ends`]),
  )
})
