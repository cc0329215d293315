import type { Agreement, Caller, Entropy, KeyPair } from '@consort/protocol'
import type { Kysely } from 'kysely'
import type { Logger } from 'pino'
import { createPerTurn } from '../concurrency/per-turn.ts'
import type { Enrolment } from '../enrolment.ts'
import { agreementFor, latestAgreement } from '../hub/agreements.ts'
import type { AllTables } from '../tables/agent-tables.ts'
import { createPopulations, type Populations } from './promise/populations.ts'
import { startLabelClock } from './registry/label-clock.ts'
import { createMayAnswer, type MayAnswer } from './registry/may-answer.ts'
import { createServingAgents, type ServingAgents } from './registry/serving-agents.ts'

/** The agents in memory, and what watches over their promises. */
interface Registry {
  readonly agents: ServingAgents
  readonly populations: Populations
  /** The agreement in force that this node has last seen with all signatures. */
  readonly terms: () => Promise<Agreement | null>
  readonly mayAnswer: MayAnswer
}

/** What opening the registry needs. */
interface RegistryParts {
  readonly database: Kysely<AllTables>
  readonly call: Caller
  readonly key: KeyPair
  readonly enrolment: Enrolment
  readonly entropy: Entropy
  readonly now: () => Date
  readonly log: Logger
}

/** Opens the registry of agents: populations are counted and overdue labels weighed until the stack ends. */
export function openRegistry(stack: AsyncDisposableStack, node: RegistryParts): Registry {
  const { database, key, entropy, now, log, call, enrolment } = node
  const agents = createServingAgents({ database, now })
  const populations = createPopulations({ database, key, entropy, now, log, agents })
  stack.defer(() => populations.drained())
  startLabelClock(stack, { database, key, now, log, agents })
  const terms = createPerTurn(() => latestAgreement({ database }))
  const acceptAgreement: Parameters<typeof createMayAnswer>[0]['acceptAgreement'] = (named, prompt) =>
    agreementFor({ ...node, call: prompt }, named)
  return {
    agents,
    populations,
    terms,
    mayAnswer: createMayAnswer({ call, terms, enrolment, acceptAgreement }),
  }
}
