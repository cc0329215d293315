import { averagePiece, updateWeights } from '@consort/federation'
import {
  type Chunk,
  chunkBytes,
  createId,
  digestOfBytes,
  digestOfManifest,
  type Id,
  type Manifest,
  Refusal,
  type SignedDataCard,
} from '@consort/protocol'
import { planModel } from '@consort/train'
import { type HubContext, type HubTransaction, record } from '../context.ts'
import { type RunRecord, versionWeights } from './run-record.ts'
import { floatsOfChunk, readFloats, updateFile } from './update-file.ts'

/** The round's new version, before it is kept. */
export interface Aggregate {
  readonly version: Id<'version'>
  readonly weights: Manifest
  readonly shares: readonly { readonly task: string; readonly member: string; readonly weight: number }[]
}

/**
 * Averages the updates of a round, one chunk after the other and in each chunk one partner after the other, in the
 * order of the partners' names: memory for one chunk, and the same bits however the updates arrived. Nothing of it
 * shows until `keepAggregate`; after a crash it is simply done again.
 */
export async function aggregate(context: HubContext, run: RunRecord, round: number): Promise<Aggregate> {
  const { database, blobs } = context
  const { layout } = planModel(run.recipe)
  const tasks = await database
    .selectFrom('task')
    .innerJoin('member', 'member.id', 'task.member')
    .innerJoin('data_card', 'data_card.id', 'task.card')
    .select(['task.id', 'task.member', 'task.version', 'task.manifest', 'data_card.signed'])
    .where('task.run', '=', run.id)
    .where('task.round', '=', round)
    .where('task.work', '=', 'train')
    .where('task.state', '=', 'received')
    .orderBy('member.name')
    .execute()
  const base = await versionWeights(database, run.version)
  const files = tasks.map(task => updateFile(task, JSON.parse(task.manifest!), base))
  const examples = tasks.map(task => (JSON.parse(task.signed) as SignedDataCard).document.trainExamples)
  const weights = updateWeights(examples, run.recipe.federation.examplesCap)

  const version = createId('version', context.entropy)
  const into = new Uint8Array(chunkBytes)
  const sums = new Float64Array(chunkBytes / Float32Array.BYTES_PER_ELEMENT)
  const chunks: Chunk[] = []
  for (let index = 0; index < base.chunks.length; index++) {
    const { start, end } = floatsOfChunk(layout, index)
    const average = averagePiece(end - start, sums)
    for (const [place, file] of files.entries()) {
      const chunk = file.manifest.chunks[index]!
      const floats = await readFloats(blobs, file, { chunk, index, layout }, into)
      const isWhole = average.add(floats, weights[place]!)
      if (!isWhole)
        throw new Refusal(
          'update-not-finite',
          `The update of task ${file.scope} changed since it was checked`,
        )
    }
    const data = new Uint8Array(average.result().buffer)
    const bytes = index === 0 ? Buffer.concat([layout.header, data]) : data
    const chunk: Chunk = { digest: digestOfBytes(bytes), bytes: bytes.length }
    await blobs.put(version, chunk, bytes)
    chunks.push(chunk)
  }
  const shares = tasks.map((task, place) => ({ task: task.id, member: task.member, weight: weights[place]! }))
  return { version, weights: { bytes: base.bytes, chunks }, shares }
}

/** Makes an aggregate the version that the run goes on from. */
export async function keepAggregate(
  context: HubContext,
  transaction: HubTransaction,
  run: RunRecord,
  { round, aggregate: { version, weights, shares } }: { round: number; aggregate: Aggregate },
): Promise<void> {
  const created = context.now().toISOString()
  const row = {
    id: version,
    run: run.id,
    round,
    name: run.name,
    weights: JSON.stringify(weights),
    created,
    published: 0,
    present: 0,
    kept: 1,
  }
  await transaction.insertInto('version').values(row).execute()
  await transaction.updateTable('run').set({ version }).where('id', '=', run.id).execute()
  await transaction
    .updateTable('round')
    .set({ version, ended: created })
    .where('run', '=', run.id)
    .where('round', '=', round)
    .execute()
  for (const { task, weight } of shares)
    await transaction.updateTable('task').set({ weight }).where('id', '=', task).execute()
  await record(context, transaction, {
    kind: 'version-created',
    body: {
      version,
      run: run.id,
      round,
      weights: digestOfManifest(weights),
      shares: shares.map(({ member, weight }) => ({ member, weight })),
    },
  })
}
