import { type ExchangeabilityWatch, watchCase } from '@consort/agents'
import { Refusal } from '@consort/protocol'
import type { AgentBook } from './agent-book.ts'
import type { AgentContext } from './context.ts'
import { uniformOf } from './draw.ts'
import { stageAfter } from './policy-of.ts'
import { keepPopulation, readStanding, type Standing } from './standing.ts'
import { enterStage, withdraw } from './weigh-labels.ts'

/** Counts the cases that agents decide, and watches whether they still look like those before. */
export interface Populations {
  /** Takes in a decided case by its confidence. Costs no disk, but now and then. */
  see(standing: Standing, confidence: number): void
  /** All that was seen is kept, and what followed from it is done. */
  drained(): Promise<void>
}

type Context = Pick<AgentContext, 'database' | 'entropy' | 'now' | 'log'> &
  Parameters<typeof withdraw>[0] & { readonly agents: AgentBook }

interface Seen {
  readonly standing: Standing
  cases: number
  watch: ExchangeabilityWatch
  unsaved: number
  /** What follows from it is being done, or the promise is over. */
  isBusy: boolean
}

const casesBetweenSaves = 256

/**
 * When the watch fires the promise is withdrawn; when the cases have become enough, the policy enters its next stage. Both
 * happen behind the answers: what is answered in between is decided as before.
 */
export function createPopulations(context: Context): Populations {
  const seen = new Map<string, Promise<Seen>>()
  const work = new Set<Promise<void>>()
  const uniform = uniformOf(context.entropy)
  const inBackground = (task: Promise<void>): void => {
    const settled = task.catch(error => context.log.error({ error: String(error) }, 'population-not-kept'))
    work.add(settled)
    void settled.then(() => work.delete(settled))
  }
  const count = async (key: string, standing: Standing, confidence: number): Promise<void> => {
    const found = seen.get(key) ?? open(context, standing)
    seen.set(key, found)
    const one = await found.catch(error => {
      seen.delete(key)
      throw error
    })
    one.cases += 1
    one.unsaved += 1
    one.watch = watchCase(one.watch, { score: confidence, uniform: uniform() })
    if (one.unsaved >= casesBetweenSaves) await save(context, one)
    if (!one.isBusy && (await follow(context, one, standing))) seen.delete(key)
  }
  return {
    see: (standing, confidence) => inBackground(count(keyOf(standing), standing, confidence)),
    async drained() {
      while (work.size > 0) await Promise.all(work)
      for (const one of seen.values()) inBackground(one.then(found => save(context, found)))
      await Promise.all(work)
    },
  }
}

const keyOf = ({ agent, version, calibrated, number }: Standing): string =>
  `${agent} ${version} ${calibrated} ${number}`

async function open({ database }: Context, standing: Standing): Promise<Seen> {
  const { cases, populationWatch } = await readStanding(database, standing)
  return { standing, cases, watch: populationWatch, unsaved: 0, isBusy: false }
}

async function save({ database }: Context, one: Seen): Promise<void> {
  if (one.unsaved === 0) return
  one.unsaved = 0
  await keepPopulation(database, { ...one.standing, cases: one.cases, populationWatch: one.watch })
}

/** Whether the guarantee is over. */
async function follow(context: Context, one: Seen, standing: Standing): Promise<boolean> {
  one.isBusy = true
  let isOver = false
  try {
    const { view } = await context.agents.of(standing.agent)
    const stage = stageAfter(one.cases, view)
    const hasFired = one.watch.hasFired && view.watchPopulation
    if (!hasFired && stage <= standing.stage) return false // after a crash some cases are not counted
    const isDone = await context.database.transaction().execute(async transaction => {
      const whole = await readStanding(transaction, standing).catch(gone)
      if (!whole || whole.number !== standing.number || whole.calibrated !== standing.calibrated) return false
      const rules = view
      if (hasFired) await withdraw(context, transaction, { rules, reason: 'new-population' })
      else if (whole.stage < stage) await enterStage(context, transaction, whole, { rules, stage })
      return true
    })
    isOver = hasFired || !isDone
    context.agents.forget(standing.agent)
    if (isDone && hasFired) context.log.warn({ agent: standing.agent }, 'guarantee-withdrawn')
    return isOver
  } finally {
    one.isBusy = isOver // a promise is withdrawn once
  }
}

/** An agent that was put anew meanwhile has other standings. */
function gone(error: unknown): undefined {
  if (error instanceof Refusal && error.code === 'not-found') return undefined
  throw error
}
