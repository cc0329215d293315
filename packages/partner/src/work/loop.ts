import { setTimeout as sleep } from 'node:timers/promises'
import { hubEndpoints, Refusal, type SignedTask, waitSecondsMax } from '@consort/protocol'
import { type NodeContext, record } from '../context.ts'
import { publishAll } from '../datasets/register.ts'
import { msUntilHours } from '../policy.ts'
import { createReference, taskFailureOf } from './failure.ts'
import { performTask, type Workshop } from './perform-task.ts'
import { backoffMs, isPassing, retry } from './retry.ts'
import { acceptTask } from './verify-task.ts'

/** What the node is doing, for its owner. */
export interface WorkStatus {
  state: string
  hubSeen: Date | null
}

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
  workshop: Workshop,
  status: WorkStatus,
  signal: AbortSignal,
): Promise<void> {
  for (let failures = 0; !signal.aborted; ) {
    try {
      await waitForHours(context, status, signal)
      status.state = 'waiting for work'
      await publishAll(context)
      const answer = await context.call(
        hubEndpoints.nextTask,
        { query: { wait: waitSecondsMax } },
        { signal, timeoutMs: longPollMs },
      )
      status.hubSeen = context.now()
      failures = 0
      if (answer.task)
        await doTask(context, workshop, status, { signed: answer.task, recipe: answer.recipe }, signal)
    } catch (error) {
      if (signal.aborted) return
      status.state = `waiting for the hub: ${error instanceof Refusal ? error.message : 'an error, see the log'}`
      context.log.warn({ error: String(error), failures }, 'hub-unreachable')
      await sleep(backoffMs(failures, Math.random), undefined, { signal }).catch(() => {})
      failures += 1
    }
  }
}

/** The poll's own wait and ten seconds for the way. */
const longPollMs = (waitSecondsMax + 10) * 1000

async function waitForHours(context: NodeContext, status: WorkStatus, signal: AbortSignal): Promise<void> {
  for (;;) {
    const ms = msUntilHours(context.policy.read(), context.now())
    if (ms === 0) return
    status.state = 'outside the hours of its policy'
    await sleep(Math.min(ms, hoursLookMs), undefined, { signal })
  }
}

async function doTask(
  context: NodeContext,
  workshop: Workshop,
  status: WorkStatus,
  { signed, recipe }: { signed: SignedTask; recipe: unknown },
  signal: AbortSignal,
): Promise<void> {
  const { id, run, round, work } = signed.document
  status.state = `${work === 'train' ? 'training' : 'evaluating'}: run ${run}, round ${round}`
  try {
    const accepted = await acceptTask(context, signed, recipe)
    await performTask(context, workshop, accepted, signal)
    context.log.info({ run, round, task: id, work }, 'task-done')
  } catch (error) {
    if (signal.aborted) throw error
    if (error instanceof Refusal && error.code === 'task-closed') {
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
  await context.database
    .transaction()
    .execute(transaction =>
      record(context, transaction, { kind: 'task-failed', body: { run, round, task: id, code, reference } }),
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
