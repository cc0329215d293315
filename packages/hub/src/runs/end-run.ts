import type { RunState } from '@consort/federation'
import { appendEvent } from '@consort/storage'
import type { LogOwner } from '../log/log-owner.ts'
import type { HubTransaction } from '../tables/hub-tables.ts'
import { promote } from './promote.ts'
import type { RunRecord } from './run-store.ts'
import { publish, type Version, versionOfRound } from './version-store.ts'

type Ended = Extract<RunState, { phase: 'done' | 'failed' | 'cancelled' }>

/** Publishes the result of a run that has one, and says in the log how the run ended. */
export async function endRun(
  context: LogOwner,
  transaction: HubTransaction,
  run: RunRecord,
  state: Ended,
): Promise<void> {
  const best = state.phase === 'done' ? await bestVersion(transaction, run, state.best) : null
  if (best) {
    await publish(transaction, best.id)
    await promote(context, transaction, run, best)
  }
  const because =
    state.phase === 'done' ? state.because : state.phase === 'failed' ? state.reason.kind : 'cancelled'
  await appendEvent(context, transaction, {
    kind: 'run-ended',
    body: { run: run.id, phase: state.phase, because, version: best?.id ?? null },
  })
}

async function bestVersion(transaction: HubTransaction, { id }: RunRecord, round: number): Promise<Version> {
  const best = await versionOfRound(transaction, id, round)
  if (best) return best
  throw new Error(`Round ${round} of ${id} has made no version`)
}
