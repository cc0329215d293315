import { eventSchema, retentionSchema, type SchemaOwner } from '@consort/storage'
import { condensedRunsMigration } from './migrations/condensed-runs.ts'
import { consultationsMigration } from './migrations/consultations.ts'
import { listsMigration } from './migrations/lists.ts'
import { membersMigration } from './migrations/members.ts'
import { privacyBudgetsMigration } from './migrations/privacy-budgets.ts'
import { retentionMigration } from './migrations/retention.ts'
import { runsMigration } from './migrations/runs.ts'
import { secureAggregationMigration } from './migrations/secure-aggregation.ts'
import { surveysMigration } from './migrations/surveys.ts'
import { usageMigration } from './migrations/usage.ts'
import { usageArchiveMigration } from './migrations/usage-archive.ts'
import { usagePagesMigration } from './migrations/usage-pages.ts'

/** The hub's migrations in the order in which they landed. One that has landed is never edited: add another one. */
const hubSchema: SchemaOwner = {
  owner: 'hub',
  migrations: [
    membersMigration,
    runsMigration,
    usageMigration,
    secureAggregationMigration,
    privacyBudgetsMigration,
    surveysMigration,
    consultationsMigration,
    listsMigration,
    usagePagesMigration,
    retentionMigration,
    usageArchiveMigration,
    condensedRunsMigration,
  ],
}

/** The migrations of all who keep tables in a hub's database. */
export const hubSchemas: readonly SchemaOwner[] = [eventSchema, hubSchema, retentionSchema]
