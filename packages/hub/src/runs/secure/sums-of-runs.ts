import type { OpenedSum } from '@consort/privacy'
import type { Id } from '@consort/protocol'
import { openedSums } from '../../sums/attempt-store.ts'
import type { HubTransaction } from '../../tables/hub-tables.ts'
import { condensedSums } from '../condensed/condensed-run-store.ts'

/**
 * Lists who was in the opened sums of these runs, in the order of runs and rounds: what may be added and subtracted is
 * the same after a run was condensed, which keeps the last of its sums over the same members.
 */
export async function sumsOfRuns(
  transaction: HubTransaction,
  runs: readonly Id<'run'>[],
): Promise<(OpenedSum & { readonly run: string })[]> {
  const condensed = await condensedSums(transaction, runs)
  const whole = await openedSums(
    transaction,
    runs.filter(run => !condensed.has(run)),
  )
  const kept = [...condensed].flatMap(([run, sums]) => sums.map(sum => ({ ...sum, run })))
  return [...kept, ...whole].toSorted((a, b) =>
    a.run === b.run ? a.round - b.round : a.run < b.run ? -1 : 1,
  )
}
