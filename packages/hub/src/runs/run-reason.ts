import { type FailReason, isOver, type RunState } from '@consort/federation'
import type { RunRecord } from './run-store.ts'

/** Says what a run waits for, why it ended, or what keeps the hub from going on with it: a sentence for people. */
export function reasonOf(
  { state }: Pick<RunRecord, 'state'>,
  trouble: string | undefined,
  names: ReadonlyMap<string, string>,
): string {
  if (trouble) return `waits for ${trouble}`
  if (!isOver(state)) return `waits for ${waitedFor(state, names)}`
  if (state.phase === 'cancelled') return 'was cancelled'
  if (state.phase === 'failed') return failText(state.reason, names, state.round)
  const because = {
    rounds: 'all rounds are done',
    target: 'the target was reached',
    patience: 'validation loss no longer improved',
  }
  return because[state.because]
}

function waitedFor(
  state: Exclude<RunState, { phase: 'done' | 'failed' | 'cancelled' }>,
  names: ReadonlyMap<string, string>,
): string {
  if (state.phase === 'created') return 'its start'
  if (state.phase === 'selecting') return state.waitingFor
  if (state.phase === 'training' && state.stage === 'aggregating') return 'the updates to become one'
  const missing = state.seats
    .filter(participant => participant.outcome === 'waiting')
    .map(participant => names.get(participant.member) ?? participant.member)
  const what = state.phase === 'training' ? 'updates' : 'evaluations'
  return missing.length === 0 ? `the hub to count the ${what}` : `${what} of ${missing.join(', ')}`
}

const outcomeText = {
  waiting: 'still at work',
  received: 'received',
  failed: 'failed',
  late: 'no update by the deadline',
} as const

function failText(reason: FailReason, names: ReadonlyMap<string, string>, round: number): string {
  if (reason.kind === 'partners-missing')
    return `round ${round} could not start: it waited for ${reason.waitingFor}`
  if (reason.kind === 'sums-discarded')
    return `round ${round} was given up after ${reason.attempts} attempts: ${reason.why}`
  if (reason.kind === 'hub-failed') return `round ${round}: the hub could not do its part (${reason.code})`
  if (reason.kind === 'agreement-amended') return `ended in round ${round}: ${reason.why}`
  const seats = reason.seats.map(({ member, outcome, failure }) => {
    const name = names.get(member) ?? member
    if (failure) return `${name}: ${failure.code}, see ${failure.reference} in its log`
    return `${name}: ${outcomeText[outcome]}`
  })
  return `round ${round} cannot have the ${reason.needed} updates it needs (${seats.join('; ')})`
}
