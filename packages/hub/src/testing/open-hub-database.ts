import {
  createId,
  createKeyPair,
  digestOfJson,
  type Manifest,
  presetRecipe,
  type SignedTask,
  signDocument,
} from '@consort/protocol'
import { type DatabaseOptions, migrate } from '@consort/storage'
import { openTestDatabase } from '@consort/storage/testing/open-test-database'
import { insertCard } from '../members/card-store.ts'
import { insertMember } from '../members/member-store.ts'
import { insertRun } from '../runs/run-store.ts'
import { insertTask } from '../runs/tasks/task-store.ts'
import { insertVersion } from '../runs/version-store.ts'
import { hubSchemas } from '../tables/hub-schema.ts'
import type { HubTables } from '../tables/hub-tables.ts'

const now = new Date(0)
const digest = digestOfJson('x')
const weights: Manifest = { bytes: 4, chunks: [{ digest, bytes: 4 }] }
let count = 0
const entropy = { bytes: (length: number) => new Uint8Array(length).fill(count++) }

/** A database with one member, its card and a run; and a task of that run, which is not kept yet. */
export async function openHubDatabase(options: DatabaseOptions = {}) {
  const database = await openTestDatabase<HubTables>(options)
  await migrate(database as never, hubSchemas)
  const key = createKeyPair()
  const [id, card, run, version] = [
    createId('member', entropy),
    createId('card', entropy),
    createId('run', entropy),
    createId('version', entropy),
  ]
  const created = now.toISOString()
  const recipe = presetRecipe('mnist-cnn')
  const terms = { recipeDigest: digest, rosterDigest: digest, agreementDigest: null, only: null }
  await database.transaction().execute(async transaction => {
    await insertMember(transaction, { id, name: 'a', role: 'partner', key: key.publicKey }, now)
    const contents = { kind: 'table' as const, columns: [] }
    const size = { trainExamples: 10, evaluationExamples: 0 }
    const document = { kind: 'data-card', id: card, member: id, dataset: 'd', role: 'train' } as const
    await insertCard(transaction, { document: { ...document, contents, ...size }, signatures: [] }, now)
    await insertVersion(transaction, { id: version, run, round: 0, name: 'r', created, weights })
    await insertRun(transaction, { id: run, idempotencyKey: 'k', recipe, ...terms, version, created })
  })
  const document: SignedTask['document'] = {
    kind: 'task',
    id: createId('task', entropy),
    work: 'train',
    run,
    round: 1,
    rounds: 1,
    member: id,
    card,
    roster: digest,
    agreement: null,
    recipe: digest,
    weights,
    withinMs: 1000,
  }
  const task: SignedTask = { document, signatures: [signDocument(document, key)] }
  const caller = { kind: 'member', id, name: 'a', role: 'partner', key: key.publicKey } as const
  return {
    database,
    caller,
    task,
    keep: () => database.transaction().execute(trx => insertTask(trx, task, { version, opened: created })),
    [Symbol.asyncDispose]: () => database.destroy(),
  }
}
