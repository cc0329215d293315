import { Refusal } from '@consort/protocol'
import { sql } from 'kysely'
import type { MigrationDatabase } from '../schema-owner.ts'

/**
 * A file whose tables were moved says so among the migrations that it went through, under this owner: a version from
 * before there was such a mark knows no such migration, and refuses the file as it refuses a newer one's.
 */
const owner = 'moved'

/** Where the tables of a file are now; undefined where they are still in it. */
export async function movedTo(database: MigrationDatabase): Promise<string | undefined> {
  const { rows } = await sql<{
    name: string
  }>`select name from consort_migration where owner = ${owner}`.execute(database)
  return rows[0]?.name
}

/** Notes that the tables go somewhere else, before they do. */
export async function markMoved(database: MigrationDatabase, to: string): Promise<void> {
  await sql`insert into consort_migration (owner, name) values (${owner}, ${to})`.execute(database)
}

/** Takes the note back: nothing was moved. */
export async function unmarkMoved(database: MigrationDatabase): Promise<void> {
  await sql`delete from consort_migration where owner = ${owner}`.execute(database)
}

/** Throws `state-conflict` for a file whose tables were moved: it would be opened as it was then. */
export function refuseMoved(migrations: readonly string[]): void {
  const mark = migrations.find(name => name.startsWith(`${owner}/`))
  if (mark === undefined) return
  throw new Refusal(
    'state-conflict',
    `The tables of this directory were moved to the database ${mark.slice(owner.length + 1)}`,
    {
      hint: 'Set CONSORT_DATABASE_URL to its URL. If the move was cut short, do it again: `consort database move` ends it.',
    },
  )
}
