import assert from 'node:assert/strict'
import { after, before, test as testCase } from 'node:test'
import { type Engine, engineMissing, engineNames, startEngine } from '../testing/engines.ts'
import { checkReadable } from './check-readable.ts'
import { claimDatabase } from './claim-database.ts'
import { eventSchema } from './event-log.ts'
import { migrate } from './migrate.ts'
import { markMoved } from './move/moved-mark.ts'
import { openDatabase } from './open-database.ts'

for (const name of engineNames) {
  let engine: Engine | undefined
  const skip = engineMissing(name)
  const test = (what: string, body: () => Promise<void>) => testCase(`${name}: ${what}`, { skip }, body)
  before(async () => {
    if (!skip) engine = await startEngine(name)
  })
  after(() => engine?.[Symbol.asyncDispose]())

  const openEmpty = async () => {
    const database = openDatabase<object>(await engine!.newPlace())
    return Object.assign(database, { [Symbol.asyncDispose]: () => database.destroy() })
  }

  test('who reads beside the process reads its own tables alone', async () => {
    await using database = await openEmpty()
    await assert.rejects(checkReadable(database, 'key-of-a'), { code: 'not-found' }, 'nothing is there yet')
    await migrate(database, [eventSchema])
    await checkReadable(database, 'key-of-a') // of a version that noted no owner
    await claimDatabase(database, 'key-of-a')
    await checkReadable(database, 'key-of-a')
    await assert.rejects(checkReadable(database, 'key-of-b'), { code: 'state-conflict', message: /key-of-a/ })
  })

  test('tables that were moved are not read as if they were the present ones', async () => {
    await using database = await openEmpty()
    await migrate(database, [eventSchema])
    await claimDatabase(database, 'key-of-a')
    await markMoved(database, 'consort at 10.0.0.1:5432')
    await assert.rejects(checkReadable(database, 'key-of-a'), {
      code: 'state-conflict',
      message: /moved to the database consort at 10\.0\.0\.1:5432/,
      hint: /CONSORT_DATABASE_URL/,
    })
  })
}
