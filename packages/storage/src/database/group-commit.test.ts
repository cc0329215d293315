import assert from 'node:assert/strict'
import test from 'node:test'
import { createGroupCommit } from './group-commit.ts'

/** Notes the groups that were written, and fails for groups with a bad item in them. */
function writer(): { commit: (items: readonly string[]) => Promise<string[]>; groups: string[][] } {
  const groups: string[][] = []
  return {
    groups,
    async commit(items) {
      if (items.includes('bad')) throw new Error('the disk says no')
      groups.push([...items])
      return items.map(item => item.toUpperCase())
    },
  }
}

test('what comes together is written together, and each gets its own result', async () => {
  const { commit, groups } = writer()
  const { keep } = createGroupCommit(commit, { itemsMax: 64 })
  const kept = await Promise.all(['a', 'b', 'c'].map(item => keep(item)))
  assert.deepEqual([kept, groups], [['A', 'B', 'C'], [['a', 'b', 'c']]])
})

test('what comes while a group is written makes the next ones, none of them too large', async () => {
  const { commit, groups } = writer()
  const gate = Promise.withResolvers<void>()
  const { keep, drained } = createGroupCommit<string, string>(
    async items => {
      await gate.promise
      return await commit(items)
    },
    { itemsMax: 2 },
  )
  const first = keep('a')
  await new Promise(resolve => setImmediate(resolve))
  const later = ['b', 'c', 'd'].map(item => keep(item))
  gate.resolve()
  await drained()
  assert.deepEqual(groups, [['a'], ['b', 'c'], ['d']])
  assert.deepEqual(await Promise.all([first, ...later]), ['A', 'B', 'C', 'D'])
})

test('an item that cannot be written fails alone, and nothing is written twice', async () => {
  const { commit, groups } = writer()
  const { keep } = createGroupCommit(commit, { itemsMax: 64 })
  const outcomes = await Promise.allSettled(['a', 'bad', 'b'].map(item => keep(item)))
  assert.deepEqual(
    outcomes.map(outcome => (outcome.status === 'fulfilled' ? outcome.value : outcome.reason.message)),
    ['A', 'the disk says no', 'B'],
  )
  assert.deepEqual(groups, [['a'], ['b']])
})

test('several groups are written at the same time where that is allowed, and no more', async () => {
  let running = 0
  let most = 0
  const gate = Promise.withResolvers<void>()
  const { keep, drained } = createGroupCommit<string, string>(
    async items => {
      running += 1
      most = Math.max(most, running)
      await gate.promise
      running -= 1
      return [...items]
    },
    { itemsMax: 2, groupsMax: 3 },
  )
  const kept: Promise<string>[] = []
  for (const item of ['a', 'b', 'c', 'd', 'e']) {
    kept.push(keep(item))
    await new Promise(resolve => setImmediate(resolve))
  }
  assert.equal(most, 3)
  gate.resolve()
  await drained()
  assert.deepEqual([most, await Promise.all(kept)], [3, ['a', 'b', 'c', 'd', 'e']])
})
