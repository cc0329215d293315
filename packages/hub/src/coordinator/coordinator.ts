import { deadlineOf, isOver } from '@consort/federation'
import { type Entropy, type Id, type KeyPair, Refusal, type RefusalCode } from '@consort/protocol'
import { type BlobStore, isDatabaseAway, type Replicas } from '@consort/storage'
import type { Logger } from 'pino'
import { refusalOfFault } from '../faults.ts'
import { applyEvent } from '../runs/apply-event.ts'
import type { ChunkMemory } from '../runs/chunk-memory.ts'
import { openRuns, readRun } from '../runs/run-store.ts'
import { sweepRun } from '../runs/sweep-run.ts'
import { takeStep } from '../runs/take-step.ts'
import type { Traffic } from '../runs/traffic.ts'
import { failSurvey, pursueSurvey } from '../surveys/pursue-survey.ts'
import { openSurveys, readSurvey } from '../surveys/survey-store.ts'
import type { HubDatabase } from '../tables/hub-tables.ts'
import type { HubTopic } from '../topics.ts'

type RunOrSurvey = Id<'run'> | Id<'survey'>

/**
 * Carries runs and surveys from state to state. All that it knows is in the database, so it can be killed at any
 * moment.
 */
export interface Coordinator extends AsyncDisposable {
  /** Looks at a run or a survey and does what its state asks for, until it has to wait. */
  pursue(id: RunOrSurvey): void
  /** Takes up everything that was going on when the process ended. */
  resume(): Promise<void>
}

/** What carrying runs and surveys takes. */
export interface CoordinatorContext {
  readonly key: KeyPair
  readonly database: HubDatabase
  readonly blobs: BlobStore
  readonly entropy: Entropy
  readonly now: () => Date
  readonly waiting: { readonly announce: (topic: HubTopic) => void }
  /** Other processes may serve the same hub: one of them at a time carries a run. */
  readonly alone: Replicas['alone']
  readonly traffic: Traffic
  readonly chunkMemory: ChunkMemory
  readonly log: Logger
}

/** How often a run that waits looks whether it still has to, beside announcements: for partners, and by the clock. */
const lookEveryMs = 1000

/** How often a step is tried that fails for the hub's own reasons. */
const attemptsMax = 60

/** Begins to carry; nothing happens before `resume` or the first `pursue`. */
export function createCoordinator(context: CoordinatorContext): Coordinator {
  const turns = createTurns()
  const timers = new Map<string, NodeJS.Timeout>()
  const failures = new Map<string, number>()
  let closed = false

  const pursue = (id: RunOrSurvey): void => {
    if (closed) return
    turns.take(id, async () => {
      if (closed) return
      try {
        const isMine = await context.alone(id, async () => {
          while (!closed && (await stepOf(context, id))) failures.delete(id)
          return true
        })
        if (!closed) await wakeAgain(id, isMine === true)
      } catch (error) {
        if (!closed) await tryLater(id, error)
      }
    })
  }

  /** A full disk or another fault of the hub's own: tried again for a while, then the run fails and says so. */
  const tryLater = async (id: RunOrSurvey, error: unknown): Promise<void> => {
    // A database that is away is no fault of the run's: it goes on when the database is back, however late.
    const attempts = (failures.get(id) ?? 0) + (isDatabaseAway(error) ? 0 : 1)
    failures.set(id, attempts)
    const { code } = refusalOfFault(error) ?? new Refusal('internal', '')
    context.log.error({ run: id, code, attempts, error: String(error) }, 'run-step-failed')
    context.traffic.trouble.set(
      id,
      code === 'disk-full'
        ? 'room on the disk of the hub'
        : `the hub: ${code}, attempt ${attempts} of ${attemptsMax}`,
    )
    if (attempts >= attemptsMax) await giveUp(context, id, code).catch(() => false)
    lookIn(id, lookEveryMs)
  }

  /** Nothing may come after the end: a timer would keep the process alive. */
  const lookIn = (id: RunOrSurvey, ms: number): void => {
    clearTimeout(timers.get(id))
    if (!closed) timers.set(id, setTimeout(pursue, ms, id))
  }

  const wakeAgain = async (id: RunOrSurvey, isMine: boolean): Promise<void> => {
    clearTimeout(timers.get(id))
    timers.delete(id)
    const ms = await msUntilLook(context, id)
    if (ms !== null) lookIn(id, isMine ? ms : lookEveryMs)
    else if (isMine && !isSurvey(id)) await sweepRun(context, id) // it may have ended by something else than a step
  }

  return {
    pursue,
    async resume() {
      for (const run of await openRuns(context.database)) pursue(run)
      for (const { id } of await openSurveys(context.database)) pursue(id)
    },
    async [Symbol.asyncDispose]() {
      closed = true
      for (const timer of timers.values()) clearTimeout(timer)
      await turns.ended()
    },
  }
}

interface Turns {
  take(id: RunOrSurvey, look: () => Promise<void>): void
  ended(): Promise<void>
}

/**
 * Looks at one run or survey at a time, with one more look at most that waits for its turn: it has not begun, so it
 * sees what there is to be seen for all who ask meanwhile.
 */
function createTurns(): Turns {
  const queues = new Map<RunOrSurvey, Promise<void>>()
  const waiting = new Set<RunOrSurvey>()
  return {
    take(id, look) {
      if (waiting.has(id)) return
      waiting.add(id)
      const turn = (queues.get(id) ?? Promise.resolve()).then(() => {
        waiting.delete(id)
        return look()
      })
      queues.set(id, turn)
      void turn.then(() => {
        if (queues.get(id) === turn) queues.delete(id)
      })
    },
    ended: async () => void (await Promise.allSettled(queues.values())),
  }
}

function isSurvey(id: RunOrSurvey): id is Id<'survey'> {
  return id.startsWith('srv_')
}

/** When to look at a run or a survey again, though nobody announced anything; null when it is over. */
async function msUntilLook(
  { database, now }: Pick<CoordinatorContext, 'database' | 'now'>,
  id: RunOrSurvey,
): Promise<number | null> {
  if (isSurvey(id)) return (await readSurvey(database, id)).state === 'open' ? lookEveryMs : null
  const { state } = await readRun(database, id)
  if (isOver(state)) return null
  const deadline = deadlineOf(state)
  if (deadline === null) return lookEveryMs
  // A timer knows nothing of a clock that is set, or of a machine that slept.
  return Math.min(Math.max(deadline - now().getTime(), 0), lookEveryMs)
}

/** Does the next thing that can be done without waiting; returns false when there is none. */
async function stepOf(context: CoordinatorContext, id: RunOrSurvey): Promise<boolean> {
  if (isSurvey(id)) return await pursueSurvey(context, id)
  const isTaken = await takeStep(context, id)
  if (isTaken) await sweepRun(context, id)
  return isTaken
}

function giveUp(context: CoordinatorContext, id: RunOrSurvey, code: RefusalCode): Promise<boolean> {
  if (isSurvey(id)) return failSurvey(context, { id }, `a fault of the hub: ${code}`)
  return applyEvent(context, id, { kind: 'hub-failed', code })
}
