import type { LogOwner } from '@consort/storage'
import type { Kysely } from 'kysely'
import type { Logger } from 'pino'
import { createOneAtATime } from '../../concurrency/one-at-a-time.ts'
import type { AllTables } from '../../tables/agent-tables.ts'
import { weighLabels } from '../promise/weigh-labels.ts'
import { readAgents } from './agent-store.ts'

/** What weighing overdue labels needs. */
interface ClockContext extends LogOwner {
  readonly database: Kysely<AllTables>
  readonly agents: { forget(agent: string): void }
  readonly log: Pick<Logger, 'error'>
}

const everyMs = 600_000

/**
 * Looks every ten minutes whether labels are overdue: they count as wrong from then on, and those that came after them
 * are weighed. What cannot be weighed keeps nothing else from it. Ends with the stack.
 */
export function startLabelClock(stack: AsyncDisposableStack, context: ClockContext): void {
  const once = createOneAtATime()
  const weigh = (): Promise<void> => weighOverdue(context)
  const timer = setInterval(() => void once(weigh), everyMs)
  timer.unref()
  stack.defer(async () => {
    clearInterval(timer)
    await once(async () => {})
  })
}

/** Weighs what is there to weigh, of every agent and the challenger that it tries out. It never rejects. */
async function weighOverdue(context: ClockContext): Promise<void> {
  const logged = (error: unknown): void => context.log.error({ error: String(error) }, 'labels-not-weighed')
  const agents = await readAgents(context.database).catch(logged)
  for (const rules of agents ?? []) {
    const { agent, version, challenger } = rules
    const versions = challenger?.state === 'running' ? [version, challenger.version] : [version]
    for (const one of versions) {
      const hasMoved = await context.database
        .transaction()
        .execute(transaction => weighLabels(context, transaction, rules, one))
        .catch(logged)
      if (hasMoved) context.agents.forget(agent)
    }
  }
}
