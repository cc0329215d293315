import type { Caller, Entropy, Id, KeyPair } from '@consort/protocol'
import { createWaitingRoom } from '@consort/protocol/waiting-room'
import {
  createKeyRing,
  createReservations,
  type KeyRing,
  releaseUnheard,
  type ServedModels,
} from '@consort/serving'
import type { BlobStore, DataDirectory, FileSystem, OnFailedSync } from '@consort/storage'
import type { Kysely } from 'kysely'
import type { Logger } from 'pino'
import type { KnownCaller } from '../caller.ts'
import { createOneAtATime } from '../concurrency/one-at-a-time.ts'
import type { AnswerAlone } from '../consultation/answer-question.ts'
import type { Consultations } from '../consultation/open-consultations.ts'
import type { Enrolment } from '../enrolment.ts'
import type { PolicyFile } from '../policy/policy.ts'
import { meterAnswers } from '../settlement/usage.ts'
import type { AllTables } from '../tables/agent-tables.ts'
import { agentHandlers } from './agent-handlers.ts'
import { answerAlone } from './ask/answer-alone.ts'
import { createAwaitRevision } from './ask/await-revision.ts'
import type { Meter } from './ask/meter.ts'
import { servedModels } from './ask/served-models.ts'
import { openAsking } from './open-asking.ts'
import { type AgentParts, openDeliveries } from './open-deliveries.ts'
import { openModels } from './open-models.ts'
import { openRegistry } from './open-registry.ts'
import { endTrial } from './registry/compare-challenger.ts'
import { type NodeMetrics, openNodeMetrics } from './report/node-metrics.ts'
import type { TrainingData } from './training-data.ts'
import { createCalibrateVersion } from './versions/calibrate-version.ts'
import { fetchVersion } from './versions/fetch-version.ts'
import { servedWeights } from './versions/served-weights.ts'

/** What the rest of the node needs of its agents. */
export interface OpenAgents {
  readonly handlers: ReturnType<typeof agentHandlers>
  /** The agents as one caller sees them through faces of other protocols. */
  readonly servedModels: (caller: KnownCaller) => ServedModels
  readonly answerAlone: AnswerAlone
  readonly keys: KeyRing
  readonly metrics: NodeMetrics
}

/** What agents take from the node. */
export interface AgentSetup {
  readonly database: Kysely<AllTables>
  readonly call: Caller
  readonly key: KeyPair
  readonly enrolment: Enrolment
  readonly policy: Pick<PolicyFile, 'read'>
  readonly splitKey: Uint8Array
  readonly entropy: Entropy
  readonly now: () => Date
  readonly log: Logger
}

/** What else agents are opened with. */
export interface AgentPlace {
  readonly directory: DataDirectory
  readonly files: FileSystem
  /** Where archived entries of the log lie. */
  readonly blobs: BlobStore
  readonly onFailedSync: OnFailedSync
  readonly data: TrainingData
  readonly consultations: Consultations
  /** Webhooks are delivered. */
  readonly deliver: boolean
  /** There is news that the hub is to be told. */
  readonly tellHub: () => void
  readonly parts: Partial<AgentParts>
}

/**
 * Makes ready what agents need: models are opened when they are first asked, webhooks are delivered when `deliver` is
 * set. Everything ends with the stack.
 */
export async function openAgents(
  stack: AsyncDisposableStack,
  node: AgentSetup,
  { directory, files, blobs, onFailedSync, data, consultations, deliver, tellHub, parts }: AgentPlace,
): Promise<OpenAgents> {
  const { database, now, log, enrolment, call, entropy, splitKey, key } = node
  const metrics = openNodeMetrics(stack, database)
  const { models, predictors } = await openModels(stack, { database, directory, files }, metrics.batchRows)
  const unheard = await releaseUnheard(database)
  if (unheard > 0) log.info({ questions: unheard }, 'budget-released')
  const closing = new AbortController()
  const wakeOutbox = openDeliveries(stack, node, { deliver, parts, closing })
  const waiting = createWaitingRoom<Id<'case'>>()
  const announce = (askedCase: Id<'case'>): void => {
    waiting.announce(askedCase)
    wakeOutbox()
    tellHub()
  }
  const { agents, populations, terms, mayAnswer } = openRegistry(stack, node)
  const meter: Meter = (transaction, answers) => meterAnswers(node, transaction, answers)
  const shared = {
    database,
    key,
    now,
    log,
    entropy,
    splitKey,
    agents,
    predictors,
    mayAnswer,
    meter,
    announce,
  }
  const { ask, charging, consultant } = await openAsking(stack, {
    ...shared,
    onFailedSync,
    terms,
    enrolment,
    populations,
    consultations,
    questions: metrics.questions,
    closing,
    reservations: createReservations(database),
  })
  const keys = createKeyRing(database)
  return {
    handlers: agentHandlers({
      ...shared,
      ...data,
      blobs,
      ask,
      consultant,
      keys,
      closing: closing.signal,
      oneAtATime: createOneAtATime(),
      awaitRevision: createAwaitRevision({ database, waiting, closing: closing.signal }),
      calibrate: createCalibrateVersion({ call, database, models, predictors, splitKey, ...data }),
      endTrial: agent => endTrial(shared, agent),
      fetchVersion: version => fetchVersion({ call, database, models }, version),
      servedWeights: card => servedWeights(models, card),
      threads: () => node.policy.read().cpu.threads,
    }),
    servedModels: caller => servedModels({ ...shared, charging, ask }, caller),
    answerAlone: answerAlone({ agents, predictors }),
    keys,
    metrics,
  }
}
