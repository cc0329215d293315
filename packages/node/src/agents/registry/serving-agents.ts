import type { PartnerGate } from '@consort/agents'
import type { Recipe } from '@consort/protocol'
import type { Kysely } from 'kysely'
import type { AllTables } from '../../tables/agent-tables.ts'
import { partnerGates } from '../promise/partner-gates.ts'
import { servedCard } from '../versions/served-version-store.ts'
import { type KnownAgent, readKnownAgent } from './agent-store.ts'

/** An agent as it answers now. */
export interface ServingAgent extends KnownAgent {
  /** Of the version that it serves. */
  readonly recipe: Recipe
  /** By partner: what its agent's answers are worth, on cases that this version does not answer alone. */
  readonly partners: ReadonlyMap<string, PartnerGate>
}

/** The agents in memory: they are asked thousands of times for each time that they change. */
export interface ServingAgents {
  /** Throws `not-found`. */
  of(name: string): Promise<ServingAgent>
  /** To be called after each change of an agent. */
  forget(name: string): void
}

/** Reads agents when they are first asked, and keeps them in memory until they are forgotten. */
export function createServingAgents({
  database,
  now,
}: {
  database: Kysely<AllTables>
  now: () => Date
}): ServingAgents {
  const known = new Map<string, Promise<ServingAgent>>()
  const read = async (name: string): Promise<ServingAgent> => {
    const agent = await readKnownAgent(database, name)
    const { recipe } = await servedCard(database, agent.view.version)
    const partners = await partnerGates(database, agent.calibrated, agent.view, now())
    return { ...agent, recipe, partners }
  }
  return {
    of(name) {
      const remembered = known.get(name)
      if (remembered) return remembered
      const reading = read(name)
      known.set(name, reading)
      // Names that nobody serves are not remembered, or callers could fill the memory with them.
      reading.catch(() => {
        if (known.get(name) === reading) known.delete(name)
      })
      return reading
    },
    forget: name => void known.delete(name),
  }
}
