import type { Readings } from '@consort/data'
import type { Caller, Entropy, KeyPair } from '@consort/protocol'
import type { BlobStore } from '@consort/storage'
import type { Kysely } from 'kysely'
import type { Logger } from 'pino'
import { loadExamples } from './datasets/load.ts'
import type { Enrolment } from './enrolment.ts'
import type { GuardedRecords } from './ledgers/guarded-records.ts'
import type { PolicyFile } from './policy/policy.ts'
import type { WorkStatus } from './status.ts'
import { doSurvey } from './surveys/do-survey.ts'
import { createAnswerMaker } from './surveys/make-answer.ts'
import type { NodeAndReviewTables } from './tables/node-tables.ts'
import { createEngineSlot } from './training/engines.ts'
import { workLoop } from './training/loop.ts'
import type { TaskRunner } from './training/task-runner.ts'
import { createWeightsSource } from './training/weights.ts'

/** What tasks and surveys are done with. */
export interface WorkSetup {
  readonly database: Kysely<NodeAndReviewTables>
  readonly call: Caller
  readonly key: KeyPair
  readonly enrolment: Enrolment
  readonly policy: PolicyFile
  readonly guarded: GuardedRecords
  readonly readings: Readings
  readonly entropy: Entropy
  readonly now: () => Date
  readonly log: Logger
}

/**
 * Composes the work loop and starts it. The promise ends when `signal` aborts, or with the reason why the node cannot
 * work.
 */
export function startWork(
  stack: AsyncDisposableStack,
  setup: WorkSetup,
  {
    blobs,
    engines,
    ...loop
  }: {
    blobs: BlobStore
    engines: Pick<TaskRunner, 'open' | 'openBase'>
    status: WorkStatus
    onHubBack: () => void
  },
  signal: AbortSignal,
): Promise<void> {
  const { guarded, readings: _, ...others } = setup
  const surveys = { ...others, blobs, answer: createAnswerMaker({ ...setup, blobs }) }
  const training = { ...others, guarded, blobs }
  return workLoop(
    training,
    {
      ...loop,
      runner: {
        slot: stack.use(createEngineSlot()),
        ...engines,
        weights: createWeightsSource(training),
        load: (card, recipe, tokenize) => loadExamples(setup, card, recipe, tokenize),
      },
      doSurvey: (request, ending) => doSurvey(surveys, request, ending),
    },
    signal,
  )
}
