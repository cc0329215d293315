import { after, before, type TestContext, test } from 'node:test'
import { engineMissing } from './engines.ts'
import { type PostgresServer, startPostgres } from './postgres-server.ts'

type Body = (server: PostgresServer, context: TestContext) => Promise<void>

/** Tests of one file that share a PostgreSQL server of their own; skipped where PostgreSQL is not installed. */
export function onPostgres(): (what: string, body: Body) => void {
  let server: PostgresServer | undefined
  const skip = engineMissing('postgres')
  before(async () => {
    if (!skip) server = await startPostgres()
  })
  after(() => server?.[Symbol.asyncDispose]())
  return (what, body) => void test(what, { skip }, context => body(server!, context))
}
