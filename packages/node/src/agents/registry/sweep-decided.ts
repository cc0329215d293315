import { sweepAnswers, sweepCases } from '@consort/review'
import type { Kysely } from 'kysely'
import type { AllTables } from '../../tables/agent-tables.ts'
import { evidenceOfAll } from '../promise/evidence-store.ts'
import { servedVersions } from '../versions/served-version-store.ts'
import { agentNames } from './agent-store.ts'

/**
 * Deletes what agents answered before a moment, and the cases that nobody needs any more: the guarantee that each
 * version stands under now keeps its own.
 */
export async function* sweepDecided(database: Kysely<AllTables>, before: Date): AsyncGenerator<number, void> {
  yield* sweepAnswers(database, before)
  const versions = await servedVersions(database)
  for (const agent of await agentNames(database)) {
    for (const version of versions) {
      const evidence = (await evidenceOfAll(database, agent)).find(one => one.version === version)
      yield* sweepCases(database, { agent, version, guarantee: evidence?.number ?? null }, before)
    }
  }
}
