import { type Id, Refusal } from '@consort/protocol'

/** Who asks or judges: the key that was shown, or the node's operator. */
export type Holder = Id<'key'> | 'operator'

/** Who judges: whoever holds an expert's key, or the node's operator. */
export interface Reviewer {
  readonly id: Holder
  readonly name: string
}

/** The node's operator, who may also finish what others began. */
export const operatorReviewer: Reviewer = { id: 'operator', name: 'operator' }

export interface Judgement {
  readonly class: string
  readonly by: Reviewer
  readonly at: string
}

/**
 * A case's life: the agent answers, or a person does, first blind and then with the agent's suggestion in sight, unless
 * its caller takes it back before. An answer that is spot-checked has the person's part only: its caller has been told
 * already.
 */
export type CaseState =
  | { readonly kind: 'answered' }
  | { readonly kind: 'waiting' }
  | { readonly kind: 'begun'; readonly first: Judgement }
  | { readonly kind: 'closed'; readonly first: Judgement; readonly final: Judgement }
  | { readonly kind: 'cancelled'; readonly at: string; readonly first?: Judgement }

export interface ReviewAnswer extends Judgement {
  readonly stage: 'first' | 'final'
}

/**
 * The state after an answer; the very same one when the answer only repeats what its author said before. Throws
 * `state-conflict`: for a final answer without a first one, for a change of what was said, for answering what somebody
 * else has begun (but the operator may finish it), and for a case that nobody was asked about.
 */
export function stepCase(state: CaseState, { stage, ...judgement }: ReviewAnswer): CaseState {
  switch (state.kind) {
    case 'answered':
      throw conflict(
        'The agent has answered this case itself',
        'Only deferred and spot-checked cases are reviewed.',
      )
    case 'waiting':
      if (stage === 'first') return { kind: 'begun', first: judgement }
      throw conflict(
        'This case has no first answer yet',
        'Give the first answer; the suggestion is shown after it.',
      )
    case 'begun':
      return stage === 'first' ? repeated(state, state.first, judgement) : finished(state.first, judgement)
    case 'closed':
      return repeated(state, stage === 'first' ? state.first : state.final, judgement)
    case 'cancelled':
      throw conflict('Whoever asked this case has taken it back', 'Take the next one.')
  }
}

/**
 * The state after its caller has taken a case back; the very same one when that was done before. Throws
 * `state-conflict` for what has been answered.
 */
export function cancelCase(state: CaseState, at: string): CaseState {
  switch (state.kind) {
    case 'waiting':
      return { kind: 'cancelled', at }
    case 'begun':
      return { kind: 'cancelled', at, first: state.first }
    case 'cancelled':
      return state
    case 'answered':
    case 'closed':
      throw conflict('This case has been answered', 'Read the answer; only what waits can be taken back.')
  }
}

function finished(first: Judgement, final: Judgement): CaseState {
  if (final.by.id === first.by.id || final.by.id === operatorReviewer.id) {
    return { kind: 'closed', first, final }
  }
  throw conflict(
    `${first.by.name} has begun with this case`,
    'Take the next one; only whoever gave the first answer, or the operator, gives the final one.',
  )
}

function repeated(state: CaseState, said: Judgement, again: Judgement): CaseState {
  if (said.by.id === again.by.id && said.class === again.class) return state
  if (state.kind === 'closed') {
    throw conflict('This case is closed', 'Its answer stands and has been told. Take the next case.')
  }
  if (said.by.id !== again.by.id)
    throw conflict(`${said.by.name} has begun with this case`, 'Take the next one.')
  throw conflict(
    'The first answer has been given and stays as it is',
    'Say otherwise in the final answer: both are kept.',
  )
}

function conflict(message: string, hint: string): Refusal {
  return new Refusal('state-conflict', message, { hint })
}
