import { openBaseStore } from '@consort/bases'
import { defaultLimits, openReadings, type Readings } from '@consort/data'
import {
  type Caller,
  type Entropy,
  type Fetch,
  type Invite,
  type KeyPair,
  Refusal,
  withOptions,
} from '@consort/protocol'
import { reviewSchema } from '@consort/review'
import { servingSchema } from '@consort/serving'
import {
  appendEvent,
  type DataDirectory,
  databasePlace,
  endOnFailedSync,
  endOnTaken,
  eventSchema,
  type FileSystem,
  localFiles,
  type OnFailedSync,
  openDataDirectory,
  openKey,
  openLocalBlobs,
  openTables,
  retentionSchema,
  type SchemaOwner,
  watchSyncs,
} from '@consort/storage'
import type { FastifyInstance } from 'fastify'
import { type Logger, pino } from 'pino'
import { openAgents } from './agents/open-agents.ts'
import type { AgentParts } from './agents/open-deliveries.ts'
import { datasetOfAgent } from './agents/registry/agent-store.ts'
import { trainingData } from './agents/training-data.ts'
import type { CardContext } from './cards/context.ts'
import { cardHandlers } from './cards/handlers.ts'
import { publishAll } from './cards/publish.ts'
import { createOneAtATime } from './concurrency/one-at-a-time.ts'
import type { NodeConfig } from './config.ts'
import {
  type ConsultationParts,
  type Consultations,
  openConsultations,
} from './consultation/open-consultations.ts'
import { datasetHandlers } from './datasets/handlers.ts'
import { openSplitKey } from './datasets/split-key.ts'
import type { Enrolment } from './enrolment.ts'
import { nodeHandlers } from './http/handlers.ts'
import { serveNode } from './http/serve-node.ts'
import { openHubConnection } from './hub/connection.ts'
import { enrolNode } from './hub/enrol.ts'
import { readEnrolment } from './hub/enrolment-file.ts'
import { hubHandlers } from './hub/handlers.ts'
import { createHubVersion } from './hub/hub-version.ts'
import { startOutbox } from './hub/outbox.ts'
import { createGuardedRecords } from './ledgers/guarded-records.ts'
import { ledgerHandlers } from './ledgers/handlers.ts'
import { unitKeyOf } from './ledgers/units.ts'
import { openPolicy } from './policy/policy.ts'
import { policyPlaceOf } from './policy/policy-text.ts'
import { settlementHandlers } from './settlement/handlers.ts'
import { tellUsage } from './settlement/usage.ts'
import { startWork } from './start-work.ts'
import { firstStatus } from './status.ts'
import { sweepByRules } from './sweep-by-rules.ts'
import { systemEntropy } from './system-entropy.ts'
import { agentSchema } from './tables/agent-tables.ts'
import { consultationSchema, type NodeAndConsultationTables } from './tables/consultation-tables.ts'
import { nodeSchema } from './tables/node-tables.ts'
import { type OpenNodeEngine, openTrainEngine } from './training/engines.ts'
import type { OpenRecipeBase } from './training/recipe-base.ts'
import { storedBases } from './training/stored-bases.ts'
import { nodeVersion } from './version.ts'

/** What a test may replace, and what a program may add. */
export interface NodeParts extends AgentParts, ConsultationParts {
  readonly entropy: Entropy
  readonly now: () => Date
  readonly files: FileSystem
  readonly onFailedSync: OnFailedSync
  readonly log: Logger
  /** Takes the sweep by the retention rules: whoever has it says when, and no hour does. */
  readonly onSweeper: (sweep: () => Promise<void>) => void
  /** How many entries of the log are archived at once. */
  readonly segmentEntries: number
  readonly openEngine: OpenNodeEngine
  /** Where the base models of recipes are found by their digests. */
  readonly openBase: OpenRecipeBase
  /** Reaches the hub instead of the network: what it is given is signed, as on the wire. */
  readonly fetch: Fetch
  /** Stands between the node and the hub. */
  readonly wrapCaller: (call: Caller) => Caller
  /** Puts the experts' page on the node's own server. */
  readonly console: (app: FastifyInstance) => void | Promise<void>
}

export interface Node extends AsyncDisposable {
  /** Where its operator reaches it, and on the same machine whoever has a key. */
  readonly url: string
  readonly enrolment: Enrolment
  readonly consultations: Consultations
  /** Ends with the reason when the node can no longer work. */
  readonly working: Promise<void>
}

/**
 * The node of an enrolled directory. It looks for work and delivers webhooks when `work` is set; without it, it only
 * answers.
 * Throws `directory-locked`, `not-found` when the directory is not enrolled, and refusals of its configuration.
 */
export async function openNode(
  config: NodeConfig,
  { work, parts = {} }: { work: boolean; parts?: Partial<NodeParts> },
): Promise<Node> {
  await using stack = new AsyncDisposableStack()
  const { entropy, now, log, onFailedSync, files } = machineOf(config, parts)
  const onTaken = endOnTaken(log)
  const directory = stack.use(await openDataDirectory(config.dataPath, { onTaken }))
  const enrolment = readEnrolment(directory)
  if (!enrolment) throw notEnrolled(config.dataPath)
  const key = await openKey(files, directory.at('node.key'))
  const hubVersion = createHubVersion(log)
  const way = { key, config, nowMs: () => now().getTime(), fetch: parts.fetch, onHub: hubVersion.meet }
  const connection = stack.use(openHubConnection(enrolment.hubUrl, way))
  const whose = { schemas: nodeSchemas, owner: key.publicKey, sharing: 'alone' } as const
  const tables = { ...whose, onFailedSync, onTaken }
  const at = databasePlace(config.databaseUrl, directory.at('node.sqlite'))
  const database = await openTables<NodeAndConsultationTables>(stack, at, tables)
  const policy = openPolicy(policyPlaceOf(config))
  policy.read()
  const blobs = openLocalBlobs(files, directory.at('blobs'))
  const { splitKey, readings } = await openRecords(stack, config, { files, directory, now })
  const call = (parts.wrapCaller ?? (unwrapped => unwrapped))(connection.call)
  const guarded = createGuardedRecords({ database, readings, splitKey, member: enrolment.member, log })
  const hub = { database, call, key, enrolment, now }
  const setup = { ...hub, policy, guarded, readings, splitKey, entropy, log }
  const cards = { ...hub, policy, guarded, entropy, log, tellInTurn: createOneAtATime(), refused: new Map() }
  const ending = new AbortController()
  const outbox = work ? openOutbox(stack, cards, ending) : undefined
  const wakeOutbox = () => outbox?.wake()

  const consultations = await openConsultations(
    stack,
    setup,
    { directory, files, datasetOf: agent => datasetOfAgent(database, agent) },
    parts,
  )
  const data = trainingData(setup, wakeOutbox)
  const disk = { directory, files, onFailedSync }
  const place = { ...disk, blobs, data, consultations, deliver: work, tellHub: wakeOutbox, parts }
  const agents = await openAgents(stack, setup, place)
  const status = firstStatus(work, hubVersion.current)
  const rooms = {
    ...hubHandlers(hub),
    ...datasetHandlers({ ...hub, readings, splitKey, files }),
    ...cardHandlers(cards, { ...hub, readings, policy, entropy }, wakeOutbox),
    ...ledgerHandlers({ ...hub, guarded, policy, log }),
    ...settlementHandlers({ ...hub, log }),
  }
  const handlers = nodeHandlers({ enrolment, key }, { agents: agents.handlers, rooms, status })
  const served = { ...agents, entropy, key, directory, now, log }
  const url = await serveNode(stack, served, { port: config.port, handlers, console: parts.console })
  await database
    .transaction()
    .execute(trx => appendEvent(hub, trx, { kind: 'node-started', body: { version: nodeVersion } }))
  log.info({ name: enrolment.name, url, hub: enrolment.hubUrl }, 'node-started')

  const loop = { blobs, engines: enginesOf(directory, parts), status, onHubBack: wakeOutbox }
  const working = work ? startWork(stack, setup, loop, ending.signal) : Promise.resolve()
  working.catch(() => {}) // whoever owns the node looks at `working`
  const answering = work ? consultations.answerOthers(agents.answerAlone, ending.signal) : Promise.resolve()
  answering.catch(() => {})
  stack.defer(async () => {
    ending.abort()
    await Promise.allSettled([working, answering])
  })
  if (work) sweepByRules(stack, { ...hub, blobs, log }, { ...config, ...parts })
  const cleanup = stack.move()
  return { url, enrolment, consultations, working, [Symbol.asyncDispose]: () => cleanup.disposeAsync() }
}

/** What the node takes from its machine, or from a test. */
function machineOf(
  { logLevel, dataPath }: NodeConfig,
  parts: Partial<NodeParts>,
): Pick<NodeParts, 'entropy' | 'now' | 'log' | 'onFailedSync' | 'files'> {
  const log = parts.log ?? pino({ level: logLevel })
  const onFailedSync = parts.onFailedSync ?? endOnFailedSync(log)
  return {
    entropy: parts.entropy ?? systemEntropy(),
    now: parts.now ?? (() => new Date()),
    log,
    onFailedSync,
    files: watchSyncs(parts.files ?? localFiles, dataPath, onFailedSync),
  }
}

function notEnrolled(path: string): Refusal {
  return new Refusal('not-found', `${path} is not the directory of an enrolled node`, {
    hint: 'Run `consort partner enrol INVITE` first, with the same --data.',
  })
}

/** Tells the hub of cards and answers until the node closes. */
function openOutbox(
  stack: AsyncDisposableStack,
  cards: CardContext,
  ending: AbortController,
): ReturnType<typeof startOutbox> {
  const { signal } = ending
  const call = withOptions(cards.call, options => ({
    ...options,
    signal: options.signal ? AbortSignal.any([options.signal, signal]) : signal,
  }))
  const context = { ...cards, call }
  const outbox = startOutbox(
    [
      { name: 'cards', tell: () => publishAll(context) },
      { name: 'usage', tell: () => tellUsage(context) },
    ],
    { log: cards.log, signal },
  )
  stack.defer(async () => {
    ending.abort()
    await outbox.done
  })
  return outbox
}

/** How records are read here. Digests of records and of privacy units have a key each, from one secret. */
async function openRecords(
  stack: AsyncDisposableStack,
  { readMemoryBytes }: NodeConfig,
  { files, directory, now }: { files: FileSystem; directory: DataDirectory; now: () => Date },
): Promise<{ splitKey: Uint8Array; readings: Readings }> {
  const splitKey = await openSplitKey(files, directory)
  const readings = openReadings({
    keys: { records: splitKey, units: unitKeyOf(splitKey) },
    limits: { ...defaultLimits, memoryBytesMax: readMemoryBytes },
    nowMs: () => now().getTime(),
  })
  return { splitKey, readings: stack.use(readings) }
}

/** Of all who keep tables in a node's database, in the order in which they need each other's. */
export const nodeSchemas: readonly SchemaOwner[] = [
  eventSchema,
  nodeSchema,
  servingSchema,
  reviewSchema,
  agentSchema,
  consultationSchema,
  retentionSchema,
]

/** Joins a consortium: makes the node's key if need be and takes up the invite. */
export async function enrol(
  config: NodeConfig,
  invite: Invite,
  parts: Partial<NodeParts> = {},
): Promise<Enrolment & { key: KeyPair }> {
  await using stack = new AsyncDisposableStack()
  const directory = stack.use(await openDataDirectory(config.dataPath))
  const files = parts.files ?? localFiles
  const key = await openKey(files, directory.at('node.key'))
  const now = parts.now ?? (() => new Date())
  const way = { key, config, nowMs: () => now().getTime(), fetch: parts.fetch }
  const connection = stack.use(openHubConnection(invite.hubUrl, way))
  const call = (parts.wrapCaller ?? (inner => inner))(connection.call)
  return { ...(await enrolNode(invite, { directory, files, call })), key }
}

function enginesOf(directory: DataDirectory, { openEngine, openBase }: Partial<NodeParts>) {
  return {
    open: openEngine ?? openTrainEngine,
    openBase: openBase ?? storedBases(openBaseStore(directory.at('bases'))),
  }
}
