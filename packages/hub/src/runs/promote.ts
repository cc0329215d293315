import { averageMetric } from '@consort/federation'
import type { Id } from '@consort/protocol'
import { appendEvent } from '@consort/storage'
import type { LogOwner } from '../log/log-owner.ts'
import type { HubTransaction } from '../tables/hub-tables.ts'
import { evaluationsOf } from './lineage/origin-of-version.ts'
import type { RunRecord } from './run-store.ts'
import { currentVersion, makeCurrent, type Version } from './version-store.ts'

/**
 * Makes a run's result the version of its name that members should use, unless the one before is better on the test
 * sets. Where there never were test sets nobody can tell, and the newer one is taken; when those that judged the one
 * before are away, it stays. Runs of some members only compete with nobody.
 */
export async function promote(
  context: LogOwner,
  transaction: HubTransaction,
  run: RunRecord,
  version: Pick<Version, 'id' | 'round'>,
): Promise<void> {
  if (run.only !== null) return
  const before = await currentVersion(transaction, run.name)
  const accuracy = await testAccuracy(transaction, run.id, version.round)
  const accuracyBefore = before ? await testAccuracy(transaction, before.run, before.round) : null
  const isWorse = accuracyBefore !== null && (accuracy === null || accuracy < accuracyBefore)
  if (!isWorse) await makeCurrent(transaction, { id: version.id, name: run.name })
  await appendEvent(context, transaction, {
    kind: isWorse ? 'version-kept-back' : 'version-promoted',
    body: { version: version.id, before: before?.id ?? null, accuracy, accuracyBefore },
  })
}

/** Averages over all test sets, by their examples; null where there is none. */
async function testAccuracy(
  transaction: HubTransaction,
  run: Id<'run'>,
  round: number,
): Promise<number | null> {
  const evaluations = await evaluationsOf(transaction, run, round)
  return averageMetric(
    evaluations
      .filter(({ role }) => role === 'test')
      .map(({ metrics }) => ({ examples: metrics.examples, value: metrics.values.accuracy })),
  )
}
