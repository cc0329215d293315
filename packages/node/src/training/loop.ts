import { setTimeout as sleep } from 'node:timers/promises'
import {
  hubEndpoints,
  isRefusal,
  Refusal,
  type Result,
  type SignedTask,
  waitSecondsMax,
} from '@consort/protocol'
import { publishAll } from '../cards/publish.ts'
import { appendEvent, type NodeContext } from '../context.ts'
import { createReference, taskFailureOf } from '../hub/failure.ts'
import { backoffMs, isPassing, retry } from '../hub/retry.ts'
import { msUntilHours } from '../policy/policy.ts'
import { tellUsage } from '../settlement/usage.ts'
import type { WorkStatus } from '../status.ts'
import { forgetWork } from '../sums/forget-work.ts'
import { doSurvey } from '../surveys/do-survey.ts'
import { acceptTask } from './accept.ts'
import { performTask, type TaskRunner } from './perform.ts'
import { sweepWork } from './sweep.ts'

/** How long a failure may take to reach the hub. */
const failureWithinMs = 60_000
/** How soon the owner's edit of the hours is noticed. */
const hoursLookMs = 30_000

/**
 * Asks the hub for work for as long as the node lives, and only ever calls out. A hub that cannot be reached is asked
 * again, ever more slowly, and found again when it is back. Ends when `signal` aborts.
 */
export async function workLoop(
  context: NodeContext,
  runner: TaskRunner,
  status: WorkStatus,
  signal: AbortSignal,
): Promise<void> {
  await sweepWork(context)
  const poll = createPoll(context)
  for (let failures = 0; !signal.aborted; ) {
    try {
      await waitForHours(context, status, signal)
      status.state = 'waiting for work'
      await publishAll(context)
      await tellUsage(context)
      const answer = await poll(signal)
      status.hubSeen = context.now()
      failures = 0
      if (answer.task)
        await doTask(context, runner, status, { signed: answer.task, recipe: answer.recipe }, signal)
      else if (answer.survey) await doSurvey(context, answer.survey, status, signal)
    } catch (error) {
      if (signal.aborted) return
      status.state = `waiting for the hub: ${error instanceof Refusal ? error.message : 'an error, see the log'}`
      noteTrouble(context, error, failures)
      await sleep(backoffMs(failures, Math.random), undefined, { signal }).catch(() => {})
      failures += 1
    }
  }
}

function noteTrouble({ log }: NodeContext, error: unknown, failures: number): void {
  if (error instanceof Refusal && error.code === 'version-unsupported')
    log.error({ message: error.message, hint: error.hint, failures }, 'hub-version-unsupported')
  else log.warn({ error: String(error), failures }, 'hub-unreachable')
}

/** What a poll may take beside its own wait. */
const pollMarginMs = 10_000
/** A poll that is cut after this long had reached the hub: something on the way does not bear silence. */
const cutAfterMs = 1500
/** After so many polls that were not cut, a longer wait is tried again. */
const longerAfter = 20

/**
 * Long polls that fit the way to the hub: where a proxy cuts connections that are silent for some seconds, the next
 * polls wait for less than that.
 */
function createPoll(
  context: NodeContext,
): (signal: AbortSignal) => Promise<Result<typeof hubEndpoints.nextTask>> {
  let waitSeconds = waitSecondsMax
  let uncut = 0
  return async signal => {
    for (;;) {
      const began = performance.now()
      try {
        const options = { signal, timeoutMs: waitSeconds * 1000 + pollMarginMs }
        const answer = await context.call(hubEndpoints.nextTask, { query: { wait: waitSeconds } }, options)
        uncut += 1
        if (uncut % longerAfter === 0) waitSeconds = Math.min(Math.ceil(1.5 * waitSeconds), waitSecondsMax)
        return answer
      } catch (error) {
        const elapsed = performance.now() - began
        const wasCut = isRefusal(error, 'unreachable') && elapsed > cutAfterMs
        if (!wasCut || waitSeconds === 1) throw error
        uncut = 0
        waitSeconds = Math.max(1, Math.floor((0.7 * elapsed) / 1000))
        context.log.info({ waitSeconds }, 'long-poll-cut')
      }
    }
  }
}

/** A policy that cannot be read has no hours: the node asks for work, and refuses it with the reason. */
function hoursAway(context: NodeContext): number {
  try {
    return msUntilHours(context.policy.read(), context.now())
  } catch {
    return 0
  }
}

async function waitForHours(context: NodeContext, status: WorkStatus, signal: AbortSignal): Promise<void> {
  for (;;) {
    const ms = hoursAway(context)
    if (ms === 0) return
    status.state = 'outside the hours of its policy'
    await sleep(Math.min(ms, hoursLookMs), undefined, { signal })
  }
}

async function doTask(
  context: NodeContext,
  runner: TaskRunner,
  status: WorkStatus,
  { signed, recipe }: { signed: SignedTask; recipe: unknown },
  signal: AbortSignal,
): Promise<void> {
  const { id, run, round, work } = signed.document
  status.state = `${work === 'train' ? 'training' : 'evaluating'}: run ${run}, round ${round}`
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
    if (isPassing(error) && (error as Refusal).code === 'unreachable') throw error
    await reportFailure(context, signed, error, signal)
  }
}

async function reportFailure(
  context: NodeContext,
  signed: SignedTask,
  error: unknown,
  signal: AbortSignal,
): Promise<void> {
  const { id, run, round } = signed.document
  const code = taskFailureOf(error)
  const reference = createReference()
  const details =
    error instanceof Refusal
      ? { message: error.message, hint: error.hint }
      : { message: String((error as Error).stack ?? error) }
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
