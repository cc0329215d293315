import { EventEmitter } from 'node:events'
import { createOrderedIds } from '@consort/protocol'
import {
  createKeyRing,
  createReservations,
  loadPredictor,
  openModelPool,
  releaseUnheard,
  startDeliveries,
  type WebhookFetch,
  webhookSecretOf,
} from '@consort/serving'
import { createGroupCommit, openLateSync, openLocalBlobs } from '@consort/storage'
import type { Kysely } from 'kysely'
import { createOneAtATime } from '../concurrency/one-at-a-time.ts'
import { createPerTurn } from '../concurrency/per-turn.ts'
import type { Consultations } from '../consultation/open-consultations.ts'
import type { NodeContext } from '../context.ts'
import { latestAgreement } from '../hub/agreements.ts'
import { fetchPastProxies } from '../hub/proxy/outgoing.ts'
import type { AllTables } from '../tables/agent-tables.ts'
import { createConsultant } from './ask/consult-case.ts'
import { askedCommit } from './ask/keep-asked.ts'
import type { AgentContext } from './context.ts'
import { createPopulations } from './promise/populations.ts'
import { createAgentBook } from './registry/agent-book.ts'
import { startLabelClock } from './registry/label-clock.ts'
import { sweepVersions } from './registry/sweep-versions.ts'
import { openNodeMetrics } from './report/node-metrics.ts'
import { createKeptExamples } from './review/kept-examples.ts'
import { createPredictors } from './versions/predictors.ts'
import { servedCard, servedWeights } from './versions/versions.ts'

/** What a test may replace. */
export interface AgentParts {
  readonly fetchWebhook: WebhookFetch
  /** How long to wait after each attempt to deliver a webhook. */
  readonly webhookDelaysMs: readonly number[]
}

/**
 * Makes ready what agents need: models are opened when they are first asked, webhooks are delivered when `deliver` is set.
 * Everything ends with the stack.
 */
export async function openAgents(
  stack: AsyncDisposableStack,
  context: NodeContext & { readonly database: Kysely<AllTables>; readonly consultations: Consultations },
  { deliver, parts }: { deliver: boolean; parts: Partial<AgentParts> },
): Promise<AgentContext> {
  const { database, directory, files, now, log } = context
  const models = openLocalBlobs(files, directory.at('models'))
  const closing = new AbortController()
  const news = new EventEmitter().setMaxListeners(0)
  const metrics = openNodeMetrics(stack, database)
  const pool = stack.use(openModelPool())
  const predictors = stack.use(
    createPredictors(async version => {
      const card = await servedCard({ database }, version)
      const source = async () => ({ recipe: card.recipe, weights: await servedWeights({ models }, card) })
      return await loadPredictor(pool, source, { onBatch: rows => metrics.batchRows.observe(rows) })
    }),
  )
  await sweepVersions({ database, models })
  const unheard = await releaseUnheard(database)
  if (unheard > 0) log.info({ questions: unheard }, 'budget-released')
  const deliveries = deliver ? deliveriesOf(context, parts, closing.signal) : undefined
  stack.defer(async () => {
    closing.abort()
    await deliveries?.done
  })
  const wakeOutbox = () => deliveries?.wake()
  const asked = createGroupCommit(askedCommit(context, stack.use(openLateSync(database))), {
    itemsMax: askedAtOnceMax,
    groupsMax: 3,
  })
  const reservations = createReservations(database)
  stack.defer(async () => {
    await reservations.drained()
    await asked.drained()
  })
  const agents = createAgentBook({ database, now })
  const populations = createPopulations({ ...context, database, agents })
  stack.defer(() => populations.drained())
  startLabelClock(stack, { ...context, database, agents })
  const opened = {
    ...context,
    database,
    models,
    predictors,
    examples: createKeptExamples(context),
    agents,
    nextCaseId: createOrderedIds('case', { entropy: context.entropy, nowMs: () => now().getTime() }),
    asked,
    terms: createPerTurn(() => latestAgreement({ database })),
    keys: createKeyRing(database),
    reservations,
    metrics,
    oneAtATime: createOneAtATime(),
    news,
    wakeOutbox,
    closing: closing.signal,
    populations,
  }
  const consultant = createConsultant(opened)
  stack.defer(async () => {
    closing.abort() // nobody waits for partners any more
    await consultant.drained()
  })
  return { ...opened, consultant }
}

function deliveriesOf(
  { database, splitKey, now, log }: NodeContext & { readonly database: Kysely<AllTables> },
  { fetchWebhook = fetchPastProxies, webhookDelaysMs }: Partial<AgentParts>,
  signal: AbortSignal,
): ReturnType<typeof startDeliveries> {
  const setup = {
    database,
    secretOf: (key: string) => webhookSecretOf(splitKey, key),
    fetch: fetchWebhook,
    now,
    delaysMs: webhookDelaysMs,
    onAttempt: (attempt: object) => log.info(attempt, 'webhook-attempted'),
    onError: (error: unknown) => log.error({ error: String(error) }, 'webhooks-stuck'),
  }
  return startDeliveries(setup, signal)
}

/** Writing a group holds the event loop up, and so do the answers that go out when it is on disk: for some milliseconds. */
const askedAtOnceMax = 32
