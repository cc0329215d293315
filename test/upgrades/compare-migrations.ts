import type { MigrationDigests } from './record-migrations.ts'

/** `owner/name` and digest of each migration that landed, in the order in which they run. */
export type LandedMigrations = readonly (readonly [migration: string, digest: string])[]

const wayOut =
  'Directories that exist have run it as it was: put it back, and add a new migration at the end.'

/**
 * What is wrong with the migrations of one database, a sentence each: those that landed must be there, in
 * their order, before any new one of their owner, and do what they did.
 */
export function compareMigrations(landed: LandedMigrations, found: MigrationDigests): string[] {
  const known = new Map(landed)
  const faults = landed.flatMap(([migration, digest]) => {
    if (!found.has(migration)) return [`The migration ${migration} was removed. ${wayOut}`]
    return found.get(migration) === digest ? [] : [`The migration ${migration} was changed. ${wayOut}`]
  })
  const fresh = [...found].flatMap(([migration, digest]) =>
    known.has(migration)
      ? []
      : [`The migration ${migration} is new: add ['${migration}', '${digest}'] to landed-migrations.ts.`],
  )
  return [...faults, ...movedOnes(landed, found), ...fresh]
}

function movedOnes(landed: LandedMigrations, found: MigrationDigests): string[] {
  const ownerOf = (migration: string): string => migration.split('/')[0]!
  const owners = new Set(landed.map(([migration]) => ownerOf(migration)))
  return [...owners].flatMap(owner => {
    const before = landed.map(([migration]) => migration).filter(migration => ownerOf(migration) === owner)
    const now = [...found.keys()].filter(migration => ownerOf(migration) === owner)
    const isKept = before.every((migration, index) => !now.includes(migration) || now[index] === migration)
    return isKept || before.some(migration => !now.includes(migration))
      ? []
      : [`The migrations of ${owner} run in another order. ${wayOut}`]
  })
}
