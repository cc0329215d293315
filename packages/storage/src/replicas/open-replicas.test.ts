import assert from 'node:assert/strict'
import { onPostgres } from '../testing/on-postgres.ts'
import { openReplicas } from './open-replicas.ts'

const test = onPostgres()

/** A replica that notes what it hears, and lets a test wait for it. */
async function listening(url: string) {
  const heard: string[] = []
  let wake = () => {}
  const note = (what: string) => {
    heard.push(what)
    wake()
  }
  const replicas = await openReplicas({ url }, { heard: note, missed: () => note('missed') })
  const until = async (what: string): Promise<void> => {
    while (!heard.includes(what)) await new Promise<void>(resolve => (wake = resolve))
  }
  return { ...replicas, heard, until }
}

test('what one replica announces, all hear', async server => {
  const url = await server.createDatabase()
  await using first = await listening(url)
  await using second = await listening(url)
  first.announce('run_1')
  await Promise.all([first.until('run_1'), second.until('run_1')])
})

test('work of one name is done by one replica at a time; when its holder ends, others may', async server => {
  const url = await server.createDatabase()
  await using first = await listening(url)
  const second = await listening(url)
  const gate = Promise.withResolvers<void>()
  const begun = Promise.withResolvers<void>()
  const held = second.alone('run_1', async () => {
    begun.resolve()
    await gate.promise
    return 'done'
  })
  await begun.promise
  assert.equal(await first.alone('run_1', async () => 'twice'), undefined)
  assert.equal(await first.alone('run_2', async () => 'other'), 'other')
  gate.resolve()
  assert.equal(await held, 'done')
  assert.equal(await first.alone('run_1', async () => 'mine'), 'mine')
  await second[Symbol.asyncDispose]()
})

test('work that fails frees its name', async server => {
  const url = await server.createDatabase()
  await using replica = await listening(url)
  await using other = await listening(url)
  await assert.rejects(
    replica.alone('run_1', async () => {
      throw new Error('disk')
    }),
    /disk/,
  )
  assert.equal(await other.alone('run_1', async () => 'mine'), 'mine')
})

test('after a lost connection a replica says that it may have missed something, and hears again', async server => {
  const url = await server.createDatabase()
  await using replica = await listening(url)
  await using other = await listening(url)
  await server.endOtherConnections()
  await Promise.all([replica.until('missed'), other.until('missed')])
  other.announce('run_3')
  await replica.until('run_3')
  assert.equal(await replica.alone('run_1', async () => 'mine'), 'mine')
})

test('an embedded database has one process: all work is its own', async () => {
  await using replicas = await openReplicas({ file: ':memory:' }, { heard: assert.fail, missed: assert.fail })
  replicas.announce('run_1')
  assert.equal(await replicas.alone('run_1', async () => 'mine'), 'mine')
})
