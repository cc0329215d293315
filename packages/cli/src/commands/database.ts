import { existsSync } from 'node:fs'
import { hubSchemas } from '@consort/hub'
import { nodeSchemas } from '@consort/node'
import { Refusal } from '@consort/protocol'
import { moveDatabase, openDataDirectory, parseDatabaseUrl } from '@consort/storage'
import { printResult } from '../output/terminal.ts'
import { keyAt, placeOf, type Session } from '../session.ts'

/** Moves the tables of a stopped hub or node from its file to a PostgreSQL server. */
export async function moveTables(session: Session, { to }: { readonly to?: string }): Promise<void> {
  const url = parseDatabaseUrl(to ?? session.environment.CONSORT_DATABASE_URL)
  if (url === undefined) {
    throw new Refusal('input-invalid', 'It is not said where the tables should go', {
      hint: 'Set CONSORT_DATABASE_URL, or add --to postgres://user@host:5432/name.',
    })
  }
  const { kind, path } = placeOf(session)
  using directory = await openDataDirectory(path)
  const file = directory.at(`${kind}.sqlite`)
  if (!existsSync(file)) throw new Refusal('not-found', `There are no tables in ${path}`)
  const owner = keyAt(path, `${kind}.key`).publicKey
  const moved = await moveDatabase({ file, url, schemas: kind === 'hub' ? hubSchemas : nodeSchemas, owner })
  printResult(session.terminal, moved, () =>
    moved.kind === 'moved' ? session.say.tablesMoved(moved.tables, moved.rows) : session.say.tablesWereMoved,
  )
}
