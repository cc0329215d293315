import assert from 'node:assert/strict'
import test from 'node:test'
import { createKeyPair, type Id } from '@consort/protocol'
import { insertMember } from '../../members/member-store.ts'
import { openHubDatabase } from '../../testing/open-hub-database.ts'
import { insertTask, settleTask } from './task-store.ts'
import { tasksByName } from './tasks-by-name.ts'

test('tasks come in the order of their members’ names, whoever was asked or has answered first', async () => {
  await using hub = await openHubDatabase()
  await hub.keep()
  const { database, task } = hub
  const { run } = task.document
  const { id: version } = await database.selectFrom('version').select('id').executeTakeFirstOrThrow()
  // By id (a, c, b), by when it was asked and by when it has answered, c comes before b.
  const others = [
    { name: 'c', member: 'mem_0000000000000001', task: 'tsk_0000000000000000' },
    { name: 'b', member: 'mem_zzzzzzzzzzzzzzzz', task: 'tsk_zzzzzzzzzzzzzzzz' },
  ] as const
  await database.transaction().execute(async transaction => {
    for (const { name, member, task: id } of others) {
      const key = createKeyPair().publicKey
      await insertMember(transaction, { id: member, name, role: 'partner', key }, new Date(0))
      const document = { ...task.document, id, member }
      await insertTask(transaction, { ...task, document }, { version, opened: new Date(0).toISOString() })
    }
    const ids: readonly Id<'task'>[] = [others[0].task, task.document.id, others[1].task]
    for (const [second, id] of ids.entries()) {
      const failure = { code: 'data-changed', reference: 'r' } as const
      await settleTask(transaction, id, { state: 'failed', failure, at: new Date(1000 * second) })
    }
  })
  const listed = await tasksByName(database, { run, round: 1, work: 'train' })
  assert.deepEqual(
    listed.map(({ name }) => name),
    ['a', 'b', 'c'],
  )
})
