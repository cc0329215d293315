import type { EventTables, RetentionTables } from '@consort/storage'
import type { Kysely, Transaction } from 'kysely'
import type { BudgetTables } from './budget-tables.ts'
import type { CardTables } from './card-tables.ts'
import type { ConsultationTables } from './consultation-tables.ts'
import type { DocumentTables } from './document-tables.ts'
import type { MemberTables } from './member-tables.ts'
import type { RunTables } from './run-tables.ts'
import type { SumTables } from './sum-tables.ts'
import type { SurveyTables } from './survey-tables.ts'
import type { TaskTables } from './task-tables.ts'
import type { UsageTables } from './usage-tables.ts'

/**
 * JSON is kept as text, times as ISO 8601 text, truth as 0 and 1: the same in SQLite and PostgreSQL. docs/data-model.md
 * says what a row of each table is.
 */
export interface HubTables
  extends EventTables,
    RetentionTables,
    MemberTables,
    CardTables,
    DocumentTables,
    RunTables,
    TaskTables,
    SumTables,
    SurveyTables,
    BudgetTables,
    UsageTables,
    ConsultationTables {}

export type HubDatabase = Kysely<HubTables>
export type HubTransaction = Transaction<HubTables>
