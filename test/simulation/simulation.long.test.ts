import assert from 'node:assert/strict'
import test from 'node:test'
import { play } from './play.ts'

const [schedules, schedulesEach, processes] = [10_000, 250, 2]

test('ten thousand schedules of a whole consortium keep every promise', async () => {
  const failed: string[] = []
  let next = 1
  const playOn = async (): Promise<void> => {
    while (next <= schedules) {
      const from = next
      next += schedulesEach
      const { status, output } = await play(['--from', String(from), '--count', String(schedulesEach)])
      if (status !== 0) failed.push(`from ${from}:\n${output}`)
    }
  }
  await Promise.all(Array.from({ length: processes }, playOn))
  assert.deepEqual(failed, [])
})
