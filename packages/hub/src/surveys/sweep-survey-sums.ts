import { rowsAtOnce } from '@consort/storage'
import { dropAttempts, surveysWithAttempts } from '../sums/attempt-store.ts'
import type { HubDatabase } from '../tables/hub-tables.ts'
import { endedBefore } from './survey-store.ts'

/** Deletes the attempts at sums of surveys that ended before a moment: the survey says whose answers are in them. */
export async function* sweepSurveySums(database: HubDatabase, before: Date): AsyncGenerator<number, void> {
  for (const survey of await endedBefore(database, await surveysWithAttempts(database), before)) {
    yield await database.transaction().execute(transaction => dropAttempts(transaction, survey, rowsAtOnce))
  }
}
