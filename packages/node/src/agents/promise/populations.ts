import { type CalibratedVersion, type ExchangeabilityWatch, stageAfter, watchCase } from '@consort/agents'
import { type AgentView, type Entropy, uniformFrom } from '@consort/protocol'
import type { LogOwner } from '@consort/storage'
import type { Kysely } from 'kysely'
import type { Logger } from 'pino'
import { createBackgroundWork } from '../../concurrency/background-work.ts'
import type { AllTables } from '../../tables/agent-tables.ts'
import { findEvidence, keepPopulation, readEvidence } from './evidence-store.ts'
import { enterStage, withdraw } from './weigh-labels.ts'

/** A case as it was decided. */
export interface SeenCase {
  readonly rules: AgentView
  readonly calibrated: CalibratedVersion
  readonly confidence: number
}

/** Counts the cases that agents decide, and watches whether they still look like those before. */
export interface Populations {
  /** Takes in a decided case. Costs no disk, but now and then. */
  see(seen: SeenCase): void
  /** All that was seen is kept, and what followed from it is done. */
  drained(): Promise<void>
}

/** What watching populations needs. */
export interface PopulationContext extends LogOwner {
  readonly database: Kysely<AllTables>
  readonly entropy: Entropy
  readonly log: Pick<Logger, 'warn' | 'error'>
  /** Called after a change of an agent, so that it is read anew. */
  readonly agents: { forget(agent: string): void }
}

/** What the cases of one guarantee were like. */
interface Population {
  readonly calibrated: CalibratedVersion
  cases: number
  watch: ExchangeabilityWatch
  unsaved: number
  /** What follows from it is being done. */
  isBusy: boolean
}

const casesBetweenSaves = 256

/**
 * When the watch fires the promise is withdrawn; when the cases have become enough, the policy enters its next stage.
 * Both happen behind the answers: what is answered in between is decided as before.
 */
export function createPopulations(context: PopulationContext): Populations {
  const known = new Map<string, Population>()
  const opening = new Map<string, Promise<Population>>()
  const work = createBackgroundWork(error =>
    context.log.error({ error: String(error) }, 'population-not-kept'),
  )
  const uniform = uniformFrom(context.entropy)
  const openFirst = async (key: string, seen: SeenCase): Promise<void> => {
    const found = opening.get(key) ?? open(context, seen.calibrated)
    opening.set(key, found)
    try {
      const population = await found
      known.set(key, population)
      count(key, population, seen)
    } finally {
      opening.delete(key)
    }
  }
  const count = (key: string, population: Population, { rules, calibrated, confidence }: SeenCase): void => {
    population.cases += 1
    population.unsaved += 1
    population.watch = watchCase(population.watch, { score: confidence, uniform: uniform() })
    if (population.unsaved >= casesBetweenSaves) work.start(save(context, population))
    const hasFired = population.watch.hasFired && rules.watchPopulation
    // After a crash some cases are not counted, so that the stage may be ahead of them.
    if (population.isBusy || (!hasFired && stageAfter(population.cases, rules) <= calibrated.stage)) return
    work.start(followOnce(key, population, { rules, calibrated, hasFired }))
  }
  /** What could not be done, on a full disk for instance, is tried again with the next case. */
  const followOnce = async (key: string, population: Population, seen: Followed): Promise<void> => {
    let isOver = false
    population.isBusy = true
    try {
      isOver = await follow(context, population, seen)
      if (isOver) known.delete(key)
    } finally {
      population.isBusy = isOver
    }
  }
  return {
    see(seen) {
      const key = keyOf(seen.calibrated)
      const population = known.get(key)
      if (population) count(key, population, seen)
      else work.start(openFirst(key, seen))
    },
    async drained() {
      await work.drained()
      for (const population of known.values()) work.start(save(context, population))
      await work.drained()
    },
  }
}

const keyOf = ({ agent, version, calibrated, number }: CalibratedVersion): string =>
  `${agent} ${version} ${calibrated} ${number}`

async function open({ database }: PopulationContext, calibrated: CalibratedVersion): Promise<Population> {
  const { cases, populationWatch } = await readEvidence(database, calibrated)
  return { calibrated, cases, watch: populationWatch, unsaved: 0, isBusy: false }
}

async function save({ database }: PopulationContext, population: Population): Promise<void> {
  if (population.unsaved === 0) return
  const { calibrated, cases, watch, unsaved } = population
  population.unsaved = 0
  try {
    await keepPopulation(database, { ...calibrated, cases, populationWatch: watch })
  } catch (error) {
    population.unsaved += unsaved
    throw error
  }
}

/** What may follow from a case, and the rules that it was decided by. */
interface Followed {
  readonly rules: AgentView
  readonly calibrated: CalibratedVersion
  readonly hasFired: boolean
}

/** Does what follows from a population. Returns true when the guarantee is over. */
async function follow(
  context: PopulationContext,
  { cases }: Population,
  { rules, calibrated, hasFired }: Followed,
): Promise<boolean> {
  const stage = stageAfter(cases, rules)
  const isSame = await context.database.transaction().execute(async transaction => {
    // An agent that was put anew meanwhile has other evidence.
    const whole = await findEvidence(transaction, calibrated)
    if (!whole || whole.number !== calibrated.number || whole.calibrated !== calibrated.calibrated)
      return false
    if (hasFired) await withdraw(context, transaction, { rules, reason: 'new-population' })
    else if (whole.stage < stage) await enterStage(context, transaction, whole, { rules, stage })
    return true
  })
  context.agents.forget(calibrated.agent)
  if (isSame && hasFired) context.log.warn({ agent: calibrated.agent }, 'guarantee-withdrawn')
  return hasFired || !isSame
}
