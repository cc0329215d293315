import { averageMetric } from '@consort/federation'
import { appendEvent, type HubContext, type HubTransaction } from '../context.ts'
import { evaluationsOf } from './lineage/origin-of-version.ts'
import type { RunRecord } from './run-record.ts'

/**
 * Makes a run's result the version of its name that members should use, unless the one before is better on the test
 * sets. Where there never were test sets nobody can tell, and the newer
 * one is taken; when those that judged the one before are away, it stays. Runs of some members only compete with nobody.
 */
export async function promote(
  context: HubContext,
  transaction: HubTransaction,
  run: RunRecord,
  version: { id: string; round: number },
): Promise<void> {
  if (run.only !== null) return
  const before = await transaction
    .selectFrom('version')
    .select(['id', 'run', 'round'])
    .where('name', '=', run.name)
    .where('present', '=', 1)
    .executeTakeFirst()
  const [accuracy, accuracyBefore] = [
    await testAccuracy(transaction, run.id, version.round),
    before ? await testAccuracy(transaction, before.run, before.round) : null,
  ]
  const isWorse = accuracyBefore !== null && (accuracy === null || accuracy < accuracyBefore)
  if (!isWorse) {
    await transaction.updateTable('version').set({ present: 0 }).where('name', '=', run.name).execute()
    await transaction.updateTable('version').set({ present: 1 }).where('id', '=', version.id).execute()
  }
  await appendEvent(context, transaction, {
    kind: isWorse ? 'version-kept-back' : 'version-promoted',
    body: { version: version.id, before: before?.id ?? null, accuracy, accuracyBefore },
  })
}

/** Over all test sets, by their examples; null where there is none. */
async function testAccuracy(transaction: HubTransaction, run: string, round: number): Promise<number | null> {
  const evaluations = await evaluationsOf(transaction, run, round)
  return averageMetric(
    evaluations
      .filter(({ role }) => role === 'test')
      .map(({ metrics }) => ({ examples: metrics.examples, value: metrics.values.accuracy })),
  )
}
