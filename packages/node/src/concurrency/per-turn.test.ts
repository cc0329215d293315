import assert from 'node:assert/strict'
import test from 'node:test'
import { createPerTurn } from './per-turn.ts'

const nextTurn = (): Promise<void> => new Promise(resolve => setImmediate(resolve))

test('one turn reads once, and the next one anew', async () => {
  let reads = 0
  const read = createPerTurn(async () => {
    reads += 1
    return reads
  })
  assert.deepEqual(await Promise.all([read(), read(), read()]), [1, 1, 1])
  await nextTurn()
  assert.equal(await read(), 2)
})

test('a failure is that of its turn', async () => {
  let isBroken = true
  const read = createPerTurn(async () => {
    if (isBroken) throw new Error('the disk says no')
    return 'here'
  })
  await assert.rejects(read(), /the disk says no/)
  isBroken = false
  await nextTurn()
  assert.equal(await read(), 'here')
})
