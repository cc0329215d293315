import type { LogOwner } from '@consort/storage'
import type { Kysely } from 'kysely'
import type { Logger } from 'pino'
import type { AllTables } from '../../tables/agent-tables.ts'
import { weighLabels } from '../promise/weigh-labels.ts'
import { readAgents } from './agent-store.ts'

/** What weighing overdue labels needs. */
export interface WeighingContext extends LogOwner {
  readonly database: Kysely<AllTables>
  readonly agents: { forget(agent: string): void }
}

const everyMs = 600_000

/**
 * Looks every ten minutes whether labels are overdue: they count as wrong from then on, and those that came after them
 * are weighed. Ends with the stack.
 */
export function startLabelClock(
  stack: AsyncDisposableStack,
  context: WeighingContext & { readonly log: Pick<Logger, 'error'> },
): void {
  let running = Promise.resolve()
  const timer = setInterval(() => {
    running = weighOverdue(context).catch(error =>
      context.log.error({ error: String(error) }, 'labels-not-weighed'),
    )
  }, everyMs)
  timer.unref()
  stack.defer(async () => {
    clearInterval(timer)
    await running
  })
}

/** Weighs what is there to weigh, of every agent and the challenger that it tries out. */
async function weighOverdue(context: WeighingContext): Promise<void> {
  for (const rules of await readAgents(context.database)) {
    const { agent, version, challenger } = rules
    const versions = challenger?.state === 'running' ? [version, challenger.version] : [version]
    let hasMoved = false
    for (const one of versions) {
      const moved = await context.database
        .transaction()
        .execute(transaction => weighLabels(context, transaction, rules, one))
      hasMoved ||= moved
    }
    if (hasMoved) context.agents.forget(agent)
  }
}
