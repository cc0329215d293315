import type { CaseRole } from '@consort/agents'
import type { Decision } from './case-file.ts'

export const decidedParts = [
  'answered',
  'consulted',
  'deferred',
  'labelledDeferred',
  'labelledAudited',
  'awaited',
] as const

/** The parts in which a report says what a guarantee has decided. */
export type DecidedPart = (typeof decidedParts)[number]

/**
 * What is counted: cases that wait for people, by agent; those that a person has closed, by person; labelled ones, by
 * data set; and what was decided, by guarantee.
 */
export type TallyName =
  | `waiting/${Decision['action']}`
  | 'closed'
  | `labelled/${CaseRole}`
  | `decided/${DecidedPart}`
