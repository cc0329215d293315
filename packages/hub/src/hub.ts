import { randomBytes } from 'node:crypto'
import { writeFileSync } from 'node:fs'
import {
  createNonces,
  type Entropy,
  hubEndpoints,
  ownSupport,
  type PublicKey,
  type WireSupport,
} from '@consort/protocol'
import { answerFrameworkError, serveEndpoints } from '@consort/protocol/routes'
import {
  type BlobStore,
  type FileSystem,
  localFiles,
  migrate,
  openDataDirectory,
  openKey,
  openLocalBlobs,
  openSqlite,
} from '@consort/storage'
import fastify, { type FastifyServerOptions } from 'fastify'
import type { Kysely } from 'kysely'
import { type Logger, pino } from 'pino'
import { createAdmission } from './admission.ts'
import { createChunkMemory } from './chunk-memory.ts'
import { checkTransport, type HubConfig } from './config.ts'
import { appendEvent, type HubCallers, type HubContext } from './context.ts'
import { refusalOfFault } from './faults.ts'
import { allHandlers } from './handlers/all-handlers.ts'
import { createCoordinator } from './runs/coordinator.ts'
import { sweepOrphans } from './runs/sweep.ts'
import { type HubTables, hubSchemas } from './tables.ts'
import { hubVersion } from './version.ts'
import { createWaitingRoom } from './waiting-room.ts'

/** What a test may replace. */
export interface HubParts {
  readonly entropy: Entropy
  readonly now: () => Date
  readonly files: FileSystem
  readonly blobs: (files: FileSystem, root: string) => BlobStore
  readonly openDatabase: (path: string) => Kysely<HubTables>
  readonly log: Logger
  /** What it speaks with its members. */
  readonly support: WireSupport
}

export interface Hub extends AsyncDisposable {
  /** Where it listens. */
  readonly url: string
  readonly key: PublicKey
  readonly config: HubConfig
}

/** The hub, listening. Throws refusals of its configuration, its directory or its port. */
export async function openHub(config: HubConfig, parts: Partial<HubParts> = {}): Promise<Hub> {
  checkTransport(config)
  const files = parts.files ?? localFiles
  const entropy = parts.entropy ?? { bytes: count => randomBytes(count) }
  const now = parts.now ?? (() => new Date())
  const log = parts.log ?? pino({ level: config.logLevel })

  await using stack = new AsyncDisposableStack()
  const directory = stack.use(openDataDirectory(config.dataPath))
  const key = await openKey(files, directory.at('hub.key'))
  const operator = await openKey(files, directory.at('operator.key'))
  const database = stack.adopt(
    (parts.openDatabase ?? openSqlite<HubTables>)(directory.at('hub.sqlite')),
    opened => opened.destroy(),
  )
  await migrate(database as never, hubSchemas)
  const blobs = (parts.blobs ?? openLocalBlobs)(files, directory.at('blobs'))
  const waiting = createWaitingRoom()

  let address = ''
  const context: HubContext = {
    consortium: config.consortium,
    key,
    operatorKey: operator.publicKey,
    database,
    blobs,
    waiting,
    entropy,
    now,
    log,
    traffic: { up: new Map(), down: new Map(), progress: new Map(), trouble: new Map() },
    chunkMemory: createChunkMemory(),
    publicUrl: () => config.publicUrl ?? address,
    pursue: run => coordinator.pursue(run),
  }
  const coordinator = createCoordinator(context)

  const app = fastify(serverOptions(config))
  const nonces = createNonces({ entropy, nowMs: () => performance.now() })
  serveEndpoints<typeof hubEndpoints, HubCallers>(app as never, {
    group: hubEndpoints,
    handlers: allHandlers(context),
    admit: createAdmission(context, nonces),
    issueNonce: () => nonces.issue(),
    support: parts.support ?? ownSupport(hubVersion),
    refusalOf: refusalOfFault,
    onError: (error, request) =>
      log.error({ method: request.method, url: request.url, error: errorText(error) }, 'request-failed'),
  })
  stack.defer(async () => {
    waiting.close()
    await app.close()
  })
  stack.use(coordinator)

  await sweepOrphans(context)
  await database
    .transaction()
    .execute(trx => appendEvent(context, trx, { kind: 'hub-started', body: { version: hubVersion } }))
  address = await app.listen(config.listen)
  writeFileSync(
    directory.at('hub.json'),
    JSON.stringify({ url: context.publicUrl(), key: key.publicKey, pid: process.pid }),
  )
  await coordinator.resume()
  log.info({ address, publicUrl: context.publicUrl() }, 'hub-listening')

  const cleanup = stack.move()
  return { url: address, key: key.publicKey, config, [Symbol.asyncDispose]: () => cleanup.disposeAsync() }
}

function serverOptions({ tls }: HubConfig): FastifyServerOptions {
  const options = {
    logger: false,
    forceCloseConnections: true,
    frameworkErrors: answerFrameworkError,
    routerOptions: { maxParamLength: 200 },
  } as const
  return tls ? ({ ...options, https: tls } as FastifyServerOptions) : options
}

function errorText(error: unknown): string {
  return error instanceof Error ? (error.stack ?? error.message) : String(error)
}
