import { randomBytes } from 'node:crypto'
import { existsSync, readFileSync } from 'node:fs'
import { type Caller, type Entropy, type Invite, type KeyPair, Refusal } from '@consort/protocol'
import { reviewSchema } from '@consort/review'
import { servingSchema } from '@consort/serving'
import {
  type DataDirectory,
  eventSchema,
  type FileSystem,
  localFiles,
  migrate,
  openDataDirectory,
  openKey,
  openLocalBlobs,
  openSqlite,
  type SchemaOwner,
  writeDurably,
} from '@consort/storage'
import type { FastifyInstance } from 'fastify'
import { type Logger, pino } from 'pino'
import { type OpenAgents, openAgents } from './agents/open-agents.ts'
import type { AgentParts } from './agents/open-deliveries.ts'
import type { NodeConfig } from './config.ts'
import {
  type ConsultationParts,
  type Consultations,
  openConsultations,
} from './consultation/open-consultations.ts'
import { appendEvent, type NodeContext } from './context.ts'
import type { Enrolment } from './enrolment.ts'
import { datasetHandlers } from './http/dataset-handlers.ts'
import { documentHandlers } from './http/document-handlers.ts'
import { nodeHandlers } from './http/handlers.ts'
import { type ServeParts, serveNode } from './http/serve-node.ts'
import { openHubConnection } from './hub/connection.ts'
import { enrolNode, readEnrolment } from './hub/enrol.ts'
import { createHubVersion } from './hub/hub-version.ts'
import { openPolicy } from './policy/policy.ts'
import { policyPlaceOf } from './policy/policy-text.ts'
import type { WorkStatus } from './status.ts'
import { agentSchema } from './tables/agent-tables.ts'
import { consultationSchema, type NodeAndConsultationTables } from './tables/consultation-tables.ts'
import { nodeSchema } from './tables/node-tables.ts'
import { createEngineSlot, type OpenNodeEngine, openTrainEngine } from './training/engines.ts'
import { workLoop } from './training/loop.ts'
import { createWeightsSource } from './training/weights.ts'
import { nodeVersion } from './version.ts'

/** What a test may replace, and what a program may add. */
export interface NodeParts extends AgentParts, ConsultationParts {
  readonly entropy: Entropy
  readonly now: () => Date
  readonly files: FileSystem
  readonly log: Logger
  readonly openEngine: OpenNodeEngine
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
  const directory = stack.use(openDataDirectory(config.dataPath))
  const enrolment = readEnrolment(directory)
  if (!enrolment) {
    throw new Refusal('not-found', `${config.dataPath} is not the directory of an enrolled node`, {
      hint: 'Run `consort partner enrol INVITE` first, with the same --data.',
    })
  }
  const files = parts.files ?? localFiles
  const entropy = parts.entropy ?? systemEntropy()
  const now = parts.now ?? (() => new Date())
  const log = parts.log ?? pino({ level: config.logLevel })
  const key = await openKey(files, directory.at('node.key'))
  const hubVersion = createHubVersion(log)
  const connection = stack.use(
    openHubConnection(enrolment.hubUrl, {
      key,
      config,
      nowMs: () => now().getTime(),
      onHub: support => hubVersion.meet(support),
    }),
  )
  const database = stack.adopt(openSqlite<NodeAndConsultationTables>(directory.at('node.sqlite')), opened =>
    opened.destroy(),
  )
  await migrate(database as never, nodeSchemas)
  const policy = openPolicy(policyPlaceOf(config))
  policy.read()
  const context = {
    key,
    enrolment,
    directory,
    files,
    database,
    blobs: openLocalBlobs(files, directory.at('blobs')),
    call: (parts.wrapCaller ?? (call => call))(connection.call),
    policy,
    entropy,
    now,
    log,
    splitKey: await openSplitKey(files, directory),
  } satisfies NodeContext
  const status: WorkStatus = { state: 'starting', hubSeen: null, hubVersion: hubVersion.current }
  const consultations = await openConsultations(stack, context, parts)
  const agents = await openAgents(stack, { ...context, consultations }, { deliver: work, parts })
  const url = await serve(stack, context, { agents, status, port: config.port, console: parts.console })
  await database
    .transaction()
    .execute(trx => appendEvent(context, trx, { kind: 'node-started', body: { version: nodeVersion } }))
  log.info({ name: enrolment.name, url, hub: enrolment.hubUrl }, 'node-started')

  const ending = new AbortController()
  const slot = stack.use(createEngineSlot())
  const runner = { slot, open: parts.openEngine ?? openTrainEngine, weights: createWeightsSource(context) }
  const working = work ? workLoop(context, runner, status, ending.signal) : Promise.resolve()
  working.catch(() => {}) // whoever owns the node looks at `working`
  const answering = work ? consultations.answerOthers(agents.answerAlone, ending.signal) : Promise.resolve()
  answering.catch(() => {})
  stack.defer(async () => {
    ending.abort()
    await Promise.allSettled([working, answering])
  })
  const cleanup = stack.move()
  return { url, enrolment, consultations, working, [Symbol.asyncDispose]: () => cleanup.disposeAsync() }
}

/** Puts what all rooms answer on one server. Returns its address. */
async function serve(
  stack: AsyncDisposableStack,
  context: NodeContext,
  { agents, status, ...place }: { agents: OpenAgents; status: WorkStatus } & Omit<ServeParts, 'handlers'>,
): Promise<string> {
  const rooms = { ...datasetHandlers(context), ...documentHandlers(context) }
  const handlers = nodeHandlers(context, { agents: agents.handlers, rooms, status })
  return await serveNode(stack, { ...context, ...agents }, { ...place, handlers })
}

/** Of all who keep tables in a node's database, in the order in which they need each other's. */
export const nodeSchemas: readonly SchemaOwner[] = [
  eventSchema,
  nodeSchema,
  servingSchema,
  reviewSchema,
  agentSchema,
  consultationSchema,
]

/** From the operating system's generator, a page at a time: it is asked for a few bytes thousands of times a second. */
function systemEntropy(): Entropy {
  let page = randomBytes(0)
  return {
    bytes(count) {
      if (count > pageBytes / 8) return randomBytes(count)
      if (page.length < count) page = randomBytes(pageBytes)
      const taken = Uint8Array.from(page.subarray(0, count))
      page.fill(0, 0, count) // nobody finds it here afterwards
      page = page.subarray(count)
      return taken
    },
  }
}

const pageBytes = 4096

/** Joins a consortium: makes the node's key if need be and takes up the invite. */
export async function enrol(
  config: NodeConfig,
  invite: Invite,
  parts: Partial<NodeParts> = {},
): Promise<Enrolment & { key: KeyPair }> {
  await using stack = new AsyncDisposableStack()
  const directory = stack.use(openDataDirectory(config.dataPath))
  const files = parts.files ?? localFiles
  const key = await openKey(files, directory.at('node.key'))
  const now = parts.now ?? (() => new Date())
  const connection = stack.use(
    openHubConnection(invite.hubUrl, { key, config, nowMs: () => now().getTime() }),
  )
  const call = (parts.wrapCaller ?? (inner => inner))(connection.call)
  return { ...(await enrolNode(invite, { directory, files, call })), key }
}

/** Thirty-two random bytes that decide which records validate, and what else is drawn by keyed hashes here. */
async function openSplitKey(files: FileSystem, directory: DataDirectory): Promise<Uint8Array> {
  const path = directory.at('split.key')
  if (existsSync(path)) return readFileSync(path)
  const bytes = randomBytes(32)
  await writeDurably(files, path, bytes)
  return bytes
}
