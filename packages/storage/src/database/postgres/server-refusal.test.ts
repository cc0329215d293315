import assert from 'node:assert/strict'
import { onPostgres } from '../../testing/on-postgres.ts'
import { eventSchema } from '../event-log.ts'
import { openTables } from '../open-tables.ts'

const test = onPostgres()

async function refused(url: string, expected: { code: string; message: RegExp; hint: RegExp }) {
  const stack = new AsyncDisposableStack()
  const setup = {
    schemas: [eventSchema],
    owner: 'key-of-a',
    sharing: 'replicas',
    onTaken: assert.fail,
  } as const
  await assert.rejects(openTables(stack, { url }, setup), expected)
  await stack.disposeAsync()
}

test('a start without its database server is refused with what to look at', async () => {
  await refused('postgres://us:secret@127.0.0.1:1/consort', {
    code: 'unreachable',
    message: /^The database server does not answer \(ECONNREFUSED\)$/,
    hint: /CONSORT_DATABASE_URL/,
  })
})

test('a start with a database that is not there is refused in words of the server', async server => {
  const url = (await server.createDatabase()).replace(/\/\w+(?=\?|$)/, '/nobody')
  await refused(url, {
    code: 'input-invalid',
    message: /^The database server refuses CONSORT_DATABASE_URL: database "nobody" does not exist$/,
    hint: /createdb/,
  })
})
