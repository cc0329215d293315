import { randomBytes } from 'node:crypto'
import { writeFileSync } from 'node:fs'
import {
  type Entropy,
  hubEndpoints,
  type KeyPair,
  ownSupport,
  type PublicKey,
  type WireSupport,
} from '@consort/protocol'
import { answerFrameworkError, serveEndpoints } from '@consort/protocol/routes'
import {
  appendEvent,
  type DatabaseOptions,
  type DatabasePlace,
  databasePlace,
  endOnFailedSync,
  endOnTaken,
  type FileSystem,
  localFiles,
  type OnFailedSync,
  openBlobs,
  openDataDirectory,
  openKey,
  openTables,
  watchSyncs,
} from '@consort/storage'
import fastify, { type FastifyServerOptions } from 'fastify'
import type { Kysely } from 'kysely'
import { type Logger, pino } from 'pino'
import { createAdmission } from './admission.ts'
import type { HubCallers } from './callers.ts'
import { checkTransport, type HubConfig } from './config.ts'
import { type Coordinator, createCoordinator } from './coordinator/coordinator.ts'
import { startSweeping } from './coordinator/sweep-orphans.ts'
import { refusalOfFault } from './faults.ts'
import { allHandlers, type HandlerRooms } from './handlers/all-handlers.ts'
import { openNonces } from './replicas/shared-nonces.ts'
import { openSharedWaiting } from './replicas/shared-waiting.ts'
import { createChunkMemory } from './runs/chunk-memory.ts'
import { createUpdateSpace } from './runs/tasks/update-space.ts'
import { createTraffic } from './runs/traffic.ts'
import { sweepByRules } from './sweep-by-rules.ts'
import { hubSchemas } from './tables/hub-schema.ts'
import type { HubDatabase, HubTables } from './tables/hub-tables.ts'
import { hubVersion } from './version.ts'

/** What a test may replace. */
export interface HubParts {
  readonly entropy: Entropy
  readonly now: () => Date
  readonly files: FileSystem
  readonly openDatabase: (place: DatabasePlace, options: DatabaseOptions) => Kysely<HubTables>
  readonly log: Logger
  /** What it speaks with its members. */
  readonly support: WireSupport
  readonly onFailedSync: OnFailedSync
  /** Takes the sweep by the retention rules: whoever has it says when, and no hour does. */
  readonly onSweeper: (sweep: () => Promise<void>) => void
  /** How many entries of the log are archived at once. */
  readonly segmentEntries: number
  /** Frees the memory that large bodies went through. */
  readonly collect: () => void
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
  const { consortium } = config
  const entropy = parts.entropy ?? { bytes: count => randomBytes(count) }
  const now = parts.now ?? (() => new Date())
  const log = parts.log ?? pino({ level: config.logLevel })
  const onFailedSync = parts.onFailedSync ?? endOnFailedSync(log)

  await using stack = new AsyncDisposableStack()
  const onTaken = endOnTaken(log)
  const directory = stack.use(await openDataDirectory(config.dataPath, { onTaken }))
  const files = watchSyncs(parts.files ?? localFiles, directory.path, onFailedSync)
  const key = await openKey(files, directory.at('hub.key'))
  const operator = await openKey(files, directory.at('operator.key'))
  const place = databasePlace(config.databaseUrl, directory.at('hub.sqlite'))
  const tables = { ...tablesOf(key), open: parts.openDatabase, onFailedSync, onTaken }
  const database = await openTables<HubTables>(stack, place, tables)
  const blobs = await openBlobs(files, config.blobs ?? { folder: directory.at('blobs') })
  let coordinator: Coordinator | undefined
  const { waiting, alone } = await openSharedWaiting(stack, place, () => coordinator)

  let address = ''
  const publicUrl = (): string => config.publicUrl ?? address
  const books = { key, database, now }
  const carried = { ...books, blobs, entropy, waiting, traffic: createTraffic(parts.collect) }
  const chunkMemory = createChunkMemory()
  coordinator = createCoordinator({ ...carried, alone, chunkMemory, log })
  const runs = { ...carried, pursue: coordinator.pursue }
  const rooms: HandlerRooms = {
    members: { ...books, blobs, entropy, log, pursue: coordinator.pursue, consortium, publicUrl },
    documents: { ...runs, consortium },
    runs,
    tasks: { ...runs, chunkMemory, updates: createUpdateSpace({ database, blobs, alone }) },
    surveys: runs,
    consultations: { database, now, waiting },
    ledgers: { ...books, blobs },
  }

  const app = fastify(serverOptions(config))
  const nonces = await openNonces(place, { database, key, entropy, now })
  serveEndpoints<typeof hubEndpoints, HubCallers>(app, {
    group: hubEndpoints,
    handlers: allHandlers(rooms),
    admit: createAdmission({ database, operatorKey: operator.publicKey, now, publicUrl }, nonces),
    issueNonce: () => nonces.issue(),
    support: parts.support ?? ownSupport(hubVersion),
    refusalOf: refusalOfFault,
    onError: (error, { method, url }) =>
      log.error({ method, url, error: errorText(error) }, 'request-failed'),
  })
  stack.defer(async () => {
    waiting.close()
    await app.close()
  })
  stack.use(coordinator)

  await startSweeping(stack, { database, blobs, alone, log, isShared: 'url' in place })
  await noteStart(books)
  address = await app.listen(config.listen)
  writeFileSync(
    directory.at('hub.json'),
    JSON.stringify({ url: publicUrl(), key: key.publicKey, pid: process.pid }),
  )
  await coordinator.resume()
  sweepByRules(stack, { ...books, blobs, alone, log }, { ...config, ...parts })
  log.info({ address, publicUrl: publicUrl() }, 'hub-listening')

  const cleanup = stack.move()
  return { url: address, key: key.publicKey, config, [Symbol.asyncDispose]: () => cleanup.disposeAsync() }
}

async function noteStart(books: { key: KeyPair; database: HubDatabase; now: () => Date }): Promise<void> {
  const started = { kind: 'hub-started', body: { version: hubVersion } } as const
  await books.database.transaction().execute(trx => appendEvent(books, trx, started))
}

const tablesOf = ({ publicKey: owner }: KeyPair) =>
  ({ schemas: hubSchemas, owner, sharing: 'replicas' }) as const

function serverOptions({ tls }: HubConfig): FastifyServerOptions {
  const options = {
    logger: false,
    forceCloseConnections: true,
    frameworkErrors: answerFrameworkError,
    routerOptions: { maxParamLength: 200 },
  } as const
  const secured = { ...options, https: tls }
  return tls ? secured : options
}

function errorText(error: unknown): string {
  return error instanceof Error ? (error.stack ?? error.message) : String(error)
}
