import assert from 'node:assert/strict'
import { once } from 'node:events'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TestContext } from 'node:test'
import { type HubConfig, hubSchemas, openHub } from '@consort/hub'
import { createKeyPair, type KeyPair } from '@consort/protocol'
import { openTables, type SchemaOwner } from '@consort/storage'
import { onPostgres } from '@consort/storage/testing/on-postgres'
import { silent } from '../network.ts'
import { startKillableHub } from './killable-hub.ts'

const test = onPostgres()

/** The tables of a later version. */
const schemasOfTomorrow: readonly SchemaOwner[] = [
  ...hubSchemas,
  {
    owner: 'tomorrow',
    migrations: [
      {
        name: 'first',
        up: ({ schema }) => schema.createTable('tomorrow').addColumn('x', 'integer').execute(),
      },
    ],
  },
]

/** Opens the tables as a hub of tomorrow would, with the key of the present one. */
async function openTomorrow(url: string, { publicKey }: KeyPair): Promise<AsyncDisposableStack> {
  await using stack = new AsyncDisposableStack()
  const setup = { owner: publicKey, sharing: 'replicas', onTaken: assert.fail } as const
  await openTables(stack, { url }, { ...setup, schemas: schemasOfTomorrow, version: '99.0.0' })
  return stack.move()
}

/** Settings of replicas of one hub, each with a data directory that holds both keys. */
function replicasOf(context: TestContext, databaseUrl: string): { key: KeyPair; config: () => HubConfig } {
  const root = mkdtempSync(join(tmpdir(), 'consort-versions-'))
  context.after(() => rmSync(root, { recursive: true, force: true }))
  const keys = { 'hub.key': createKeyPair(), 'operator.key': createKeyPair() }
  let count = 0
  const config = (): HubConfig => {
    const dataPath = join(root, `hub-${++count}`)
    mkdirSync(dataPath, { mode: 0o700 })
    for (const [name, key] of Object.entries(keys)) writeFileSync(join(dataPath, name), key.toPem())
    return {
      dataPath,
      databaseUrl,
      blobs: { folder: join(root, 'blobs') },
      listen: { host: '127.0.0.1', port: 0 },
      publicUrl: undefined,
      tls: undefined,
      behindTlsProxy: false,
      consortium: 'testers',
      logLevel: 'silent',
    }
  }
  return { key: keys['hub.key'], config }
}

test('hubs of two versions never serve one database, whichever was first', async (server, context) => {
  const url = await server.createDatabase()
  const { key, config } = replicasOf(context, url)
  const present = await startKillableHub(config())
  await assert.rejects(openTomorrow(url, key), {
    code: 'directory-locked',
    message: /Consort 99\.0\.0.*Consort \d+\.\d+\.\d+ serves/,
  })
  const ended = once(present.process, 'exit')
  let tomorrow: AsyncDisposableStack | undefined
  while (!tomorrow) {
    await server.endOtherConnections()
    tomorrow = await openTomorrow(url, key).catch(() => undefined)
  }
  await using _ = tomorrow
  assert.deepEqual((await ended)[0], 3, 'the older one ends')
  const older = { code: 'directory-newer', message: /Consort 99\.0\.0, and this is Consort \d/ }
  await assert.rejects(openHub(config(), { log: silent }), older)
})

test('replicas that start at once on a fresh database all serve it', async (server, context) => {
  const { config } = replicasOf(context, await server.createDatabase())
  const hubs = await Promise.all([1, 2, 3].map(() => startKillableHub(config())))
  const answers = await Promise.all(hubs.map(({ url }) => fetch(`${url}/v1/hub`)))
  assert.deepEqual(new Set(answers.map(({ status }) => status)), new Set([200]))
  for (const hub of hubs) await hub[Symbol.asyncDispose]()
})
