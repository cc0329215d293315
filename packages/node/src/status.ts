import type { Id } from '@consort/protocol'

/** What the node is doing. */
export type WorkState =
  /** It was opened for one command: it answers, and takes no work. */
  | { readonly kind: 'not-running' }
  | { readonly kind: 'starting' }
  | { readonly kind: 'waiting-for-work' }
  | { readonly kind: 'outside-hours' }
  | { readonly kind: 'waiting-for-hub'; readonly why: string }
  | { readonly kind: 'train' | 'evaluate'; readonly run: Id<'run'>; readonly round: number }
  | { readonly kind: 'survey'; readonly survey: Id<'survey'> }

/** What the node's owner is shown of its work. The work loop writes it. */
export interface WorkStatus {
  state: WorkState
  hubSeen: Date | null
  /** Null while it is not known. */
  readonly hubVersion: () => string | null
}

/** The status of a node that has just been opened, to look for work or for one command only. */
export function firstStatus(work: boolean, hubVersion: WorkStatus['hubVersion']): WorkStatus {
  return { state: { kind: work ? 'starting' : 'not-running' }, hubSeen: null, hubVersion }
}

/** The state in words. */
export function workStateText(state: WorkState): string {
  switch (state.kind) {
    case 'not-running':
      return 'not running'
    case 'starting':
      return 'starting'
    case 'waiting-for-work':
      return 'waiting for work'
    case 'outside-hours':
      return 'outside the hours of its policy'
    case 'waiting-for-hub':
      return `waiting for the hub: ${state.why}`
    case 'train':
      return `training: run ${state.run}, round ${state.round}`
    case 'evaluate':
      return `evaluating: run ${state.run}, round ${state.round}`
    case 'survey':
      return `answering the survey ${state.survey}`
  }
}
