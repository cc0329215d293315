import { setTimeout as sleep } from 'node:timers/promises'
import { hubEndpoints, isRefusal, Refusal, type SignedTask, type SurveyRequest } from '@consort/protocol'
import { appendEvent, isDatabaseAway } from '@consort/storage'
import { createReference, failureDetails, taskFailureOf } from '../hub/failure.ts'
import { createLongPoll } from '../hub/long-poll.ts'
import { createBackoff, isHubAway, retry } from '../hub/retry.ts'
import { msUntilHours } from '../policy/policy.ts'
import type { WorkStatus } from '../status.ts'
import { forgetWork } from '../sums/forget-work.ts'
import { acceptTask } from './accept.ts'
import type { TrainingContext } from './context.ts'
import { performTask } from './perform.ts'
import { sweepHalfDone } from './sweep.ts'
import type { TaskRunner } from './task-runner.ts'

/** How long a failure may take to reach the hub. */
const failureWithinMs = 60_000
/** How soon the owner's edit of the hours is noticed. */
const hoursLookMs = 30_000

/** What the loop hands work to. */
export interface LoopParts {
  readonly runner: TaskRunner
  readonly doSurvey: (request: SurveyRequest, signal: AbortSignal) => Promise<void>
  readonly status: WorkStatus
  /** The hub answers after it did not. */
  readonly onHubBack: () => void
}

/**
 * Asks the hub for work for as long as the node lives, and only ever calls out. A hub that cannot be reached is asked
 * again, ever more slowly, and found again when it is back. Ends when `signal` aborts.
 */
export async function workLoop(
  context: TrainingContext,
  { runner, doSurvey, status, onHubBack }: LoopParts,
  signal: AbortSignal,
): Promise<void> {
  await sweepHalfDone(context)
  const longPoll = createLongPoll(context.log)
  const backoff = createBackoff()
  while (!signal.aborted) {
    try {
      await waitForHours(context, status, signal)
      // After a failure the state stays what it is until the hub has answered, which it does at once.
      const isAway = backoff.failures > 0
      if (!isAway) status.state = { kind: 'waiting-for-work' }
      const answer = await longPoll(({ waitSeconds, timeoutMs }) =>
        context.call(
          hubEndpoints.nextTask,
          { query: { wait: isAway ? 0 : waitSeconds } },
          { signal, timeoutMs },
        ),
      )
      status.hubSeen = context.now()
      if (backoff.failures > 0) onHubBack()
      backoff.succeeded()
      if (answer.task)
        await doTask(context, runner, status, { signed: answer.task, recipe: answer.recipe }, signal)
      else if (answer.survey) {
        status.state = { kind: 'survey', survey: answer.survey.signed.document.id }
        await doSurvey(answer.survey, signal)
      }
    } catch (error) {
      if (signal.aborted) return
      const why = error instanceof Refusal ? error.message : 'an error, see the log'
      status.state = { kind: 'waiting-for-hub', why }
      noteTrouble(context, error, backoff.failures)
      await backoff.pause(signal)
    }
  }
}

function noteTrouble({ log }: TrainingContext, error: unknown, failures: number): void {
  if (isRefusal(error, 'version-unsupported'))
    log.error({ message: error.message, hint: error.hint, failures }, 'hub-version-unsupported')
  else if (isDatabaseAway(error)) log.warn({ error: String(error), failures }, 'database-unreachable')
  else log.warn({ error: String(error), failures }, 'hub-unreachable')
}

/** A policy that cannot be read has no hours: the node asks for work, and refuses it with the reason. */
function hoursAway(context: Pick<TrainingContext, 'policy' | 'now'>): number {
  try {
    return msUntilHours(context.policy.read(), context.now())
  } catch {
    return 0
  }
}

async function waitForHours(
  context: Pick<TrainingContext, 'policy' | 'now'>,
  status: WorkStatus,
  signal: AbortSignal,
): Promise<void> {
  for (;;) {
    const ms = hoursAway(context)
    if (ms === 0) return
    status.state = { kind: 'outside-hours' }
    await sleep(Math.min(ms, hoursLookMs), undefined, { signal })
  }
}

async function doTask(
  context: TrainingContext,
  runner: TaskRunner,
  status: WorkStatus,
  { signed, recipe }: { signed: SignedTask; recipe: unknown },
  signal: AbortSignal,
): Promise<void> {
  const { id, run, round, work } = signed.document
  status.state = { kind: work, run, round }
  try {
    const accepted = await acceptTask(context, signed, recipe)
    await performTask(context, runner, accepted, signal)
    context.log.info({ run, round, task: id, work }, 'task-done')
  } catch (error) {
    if (signal.aborted) throw error
    if (isRefusal(error, 'task-closed')) {
      await forgetWork(context, id)
      context.log.info({ run, round, task: id, work }, 'task-no-longer-wanted')
      return
    }
    if (isHubAway(error) || isDatabaseAway(error)) throw error // the hub offers the task again
    await reportFailure(context, signed, error, signal)
  }
}

async function reportFailure(
  context: TrainingContext,
  signed: SignedTask,
  error: unknown,
  signal: AbortSignal,
): Promise<void> {
  const { id, run, round } = signed.document
  const code = taskFailureOf(error)
  const reference = createReference()
  const details = failureDetails(error)
  context.log.error({ run, round, task: id, code, reference, ...details }, 'task-failed')
  await context.database.transaction().execute(transaction =>
    appendEvent(context, transaction, {
      kind: 'task-failed',
      body: { run, round, task: id, code, reference },
    }),
  )
  await retry(
    () =>
      context.call(hubEndpoints.failTask, { params: { task: id }, body: { code, reference } }, { signal }),
    {
      signal,
      withinMs: failureWithinMs,
    },
  )
}
