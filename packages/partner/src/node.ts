import { randomBytes } from 'node:crypto'
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import {
  type Caller,
  createNonces,
  type Entropy,
  type Invite,
  isSigned,
  type KeyPair,
  nodeEndpoints,
  Refusal,
  verifyRequest,
} from '@consort/protocol'
import { answerFrameworkError, serveEndpoints } from '@consort/protocol/routes'
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
  writeDurably,
} from '@consort/storage'
import fastify from 'fastify'
import { type Logger, pino } from 'pino'
import type { NodeConfig } from './config.ts'
import { type NodeContext, record } from './context.ts'
import { type Enrolment, enrolNode, readEnrolment } from './enrolment.ts'
import { openHubConnection } from './hub-connection.ts'
import { localHandlers } from './local/handlers.ts'
import { openPolicy } from './policy.ts'
import { type NodeTables, nodeSchema } from './tables.ts'
import { nodeVersion } from './version.ts'
import { createEngineSlot, type OpenNodeEngine, openTrainEngine } from './work/engines.ts'
import { type WorkStatus, workLoop } from './work/loop.ts'
import { createWeightsSource } from './work/weights.ts'

/** What a test may replace. */
export interface NodeParts {
  readonly entropy: Entropy
  readonly now: () => Date
  readonly files: FileSystem
  readonly log: Logger
  readonly openEngine: OpenNodeEngine
  /** Stands between the node and the hub. */
  readonly wrapCaller: (call: Caller) => Caller
}

export interface Node extends AsyncDisposable {
  /** Where its own operator reaches it. */
  readonly url: string
  readonly enrolment: Enrolment
  /** Ends with the reason when the node can no longer work. */
  readonly working: Promise<void>
}

/**
 * The node of an enrolled directory. It looks for work when `work` is set; without it, it only answers its operator.
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
  const entropy = parts.entropy ?? { bytes: count => randomBytes(count) }
  const now = parts.now ?? (() => new Date())
  const log = parts.log ?? pino({ level: config.logLevel })
  const key = await openKey(files, directory.at('node.key'))
  const connection = stack.use(
    openHubConnection(enrolment.hubUrl, { key, config, nowMs: () => now().getTime() }),
  )
  const database = stack.adopt(openSqlite<NodeTables>(directory.at('node.sqlite')), opened =>
    opened.destroy(),
  )
  await migrate(database as never, [eventSchema, nodeSchema])
  const policy = openPolicy(config.policyFile ?? directory.at('policy.yaml'))
  policy.read()
  const context: NodeContext = {
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
  }
  const status: WorkStatus = { state: 'starting', hubSeen: null }
  const url = await serveOperator(stack, context, { config, status })
  await database
    .transaction()
    .execute(trx => record(context, trx, { kind: 'node-started', body: { version: nodeVersion } }))
  log.info({ name: enrolment.name, url, hub: enrolment.hubUrl }, 'node-started')

  const ending = new AbortController()
  const slot = stack.use(createEngineSlot())
  const workshop = { slot, open: parts.openEngine ?? openTrainEngine, weights: createWeightsSource(context) }
  const working = work ? workLoop(context, workshop, status, ending.signal) : Promise.resolve()
  working.catch(() => {}) // whoever owns the node looks at `working`
  stack.defer(async () => {
    ending.abort()
    await working.catch(() => {})
  })
  const cleanup = stack.move()
  return { url, enrolment, working, [Symbol.asyncDispose]: () => cleanup.disposeAsync() }
}

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

/** Answers calls that are signed with the node's own key: whoever can read its directory is its operator. */
async function serveOperator(
  stack: AsyncDisposableStack,
  context: NodeContext,
  { config, status }: { config: NodeConfig; status: WorkStatus },
): Promise<string> {
  const { entropy, key, directory, log } = context
  const app = fastify({ logger: false, forceCloseConnections: true, frameworkErrors: answerFrameworkError })
  const nonces = createNonces({ entropy, nowMs: () => performance.now() })
  let address = ''
  serveEndpoints<typeof nodeEndpoints, 'operator'>(app as never, {
    group: nodeEndpoints,
    handlers: localHandlers(context, status),
    admit: (endpoint, request) => {
      if (endpoint.access === 'public' && !isSigned(request.headers))
        return { caller: 'operator', bodySha256: undefined }
      const targetUri = new URL(request.url, `${address}/`).href
      const proof = verifyRequest({ method: request.method, targetUri, headers: request.headers })
      nonces.spend(proof.nonce)
      if (proof.key !== key.publicKey)
        throw new Refusal('not-allowed', 'Only the operator of this node may call it')
      return { caller: 'operator', bodySha256: proof.bodySha256 }
    },
    issueNonce: () => nonces.issue(),
    onError: (error, request) =>
      log.error({ url: request.url, error: String((error as Error).stack ?? error) }, 'request-failed'),
  })
  address = await app.listen({ host: '127.0.0.1', port: config.port })
  const path = directory.at('node.json')
  writeFileSync(path, JSON.stringify({ url: address, pid: process.pid }))
  stack.defer(async () => {
    rmSync(path, { force: true })
    await app.close()
  })
  return address
}

/** Thirty-two random bytes that decide which records validate. */
async function openSplitKey(files: FileSystem, directory: DataDirectory): Promise<Uint8Array> {
  const path = directory.at('split.key')
  if (existsSync(path)) return readFileSync(path)
  const bytes = randomBytes(32)
  await writeDurably(files, path, bytes)
  return bytes
}
