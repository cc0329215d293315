import { type AggregationReport, combineUpdates, type RoundUpdates, updateWeights } from '@consort/federation'
import {
  type Chunk,
  chunkBytes,
  createId,
  digestOfBytes,
  digestOfManifest,
  type Id,
  type Manifest,
  type SignedDataCard,
  type TensorLayout,
} from '@consort/protocol'
import { planModel } from '@consort/train'
import { appendEvent, type HubContext, type HubTransaction } from '../context.ts'
import { type RunRecord, versionWeights } from './run-record.ts'
import { floatsOfChunk, readFloats, takenManifest, type UpdateFile, updateFile } from './update-file.ts'

/** The round's new version, before it is kept. */
export interface Aggregate {
  readonly version: Id<'version'>
  readonly weights: Manifest
  /** `weight` is 0 for an update that is no part of the version. */
  readonly shares: readonly { readonly task: string; readonly member: string; readonly weight: number }[]
  /** What the recipe's rule did to the updates, in the order of `shares`. */
  readonly report: AggregationReport
}

/**
 * Combines the updates of a round by the recipe's rule, one chunk after the other, in the order of the partners' names:
 * memory for some chunks, and the same bits however the updates arrived. Nothing of it shows until `keepAggregate`;
 * after a crash it is simply done again.
 */
export async function aggregate(context: HubContext, run: RunRecord, round: number): Promise<Aggregate> {
  const { database, blobs } = context
  const { layout } = planModel(run.recipe)
  const tasks = await database
    .selectFrom('task')
    .innerJoin('member', 'member.id', 'task.member')
    .innerJoin('data_card', 'data_card.id', 'task.card')
    .select(['task.id', 'task.member', 'task.version', 'task.manifest', 'task.update_digest'])
    .select('data_card.signed')
    .where('task.run', '=', run.id)
    .where('task.round', '=', round)
    .where('task.work', '=', 'train')
    .where('task.state', '=', 'received')
    .orderBy('member.name')
    .execute()
  const base = await versionWeights(database, run.version)
  const files = tasks.map(task => updateFile(task, takenManifest(task), base))
  const examples = tasks.map(task => (JSON.parse(task.signed) as SignedDataCard).document.trainExamples)
  const weights = updateWeights(examples, run.recipe.federation.examplesCap)
  const updates = roundUpdates(context, {
    files,
    weights,
    layout,
    base: { version: run.version, manifest: base },
  })
  const combination = await combineUpdates(updates, run.recipe.federation.aggregation)

  const version = createId('version', context.entropy)
  const chunks: Chunk[] = []
  for await (const floats of combination.chunks) {
    const data = new Uint8Array(floats.buffer)
    const bytes = chunks.length === 0 ? Buffer.concat([layout.header, data]) : data
    const chunk: Chunk = { digest: digestOfBytes(bytes), bytes: bytes.length }
    await blobs.put(version, chunk, bytes)
    chunks.push(chunk)
  }
  const shares = tasks.map(({ id, member }, place) => ({
    task: id,
    member,
    weight: combination.shares[place]!,
  }))
  return { version, weights: { bytes: base.bytes, chunks }, shares, report: combination.report }
}

/** The updates as they lie on the disk; reading one chunk overwrites what was read before. */
function roundUpdates(
  { blobs }: HubContext,
  of: {
    files: readonly UpdateFile[]
    weights: readonly number[]
    layout: TensorLayout
    base: { version: string; manifest: Manifest }
  },
): RoundUpdates {
  const { files, weights, layout, base } = of
  const start = updateFile({ id: base.version, version: base.version }, base.manifest, base.manifest)
  const readWith = (into: Uint8Array<ArrayBuffer>) => (file: UpdateFile, index: number) =>
    readFloats(blobs, file, { chunk: file.manifest.chunks[index]!, index, layout }, into)
  const [readChunk, readOfStart] = [
    readWith(new Uint8Array(chunkBytes)),
    readWith(new Uint8Array(chunkBytes)),
  ]
  const lengthOf = ({ start: from, end }: { start: number; end: number }): number => end - from
  return {
    updates: files.map((file, place) => ({ name: `task ${file.scope}`, share: weights[place]! })),
    chunkLengths: base.manifest.chunks.map((_, index) => lengthOf(floatsOfChunk(layout, index))),
    readUpdate: (place, chunk) => readChunk(files[place]!, chunk),
    readStart: chunk => readOfStart(start, chunk),
  }
}

/** Makes an aggregate the version that the run goes on from. */
export async function keepAggregate(
  context: HubContext,
  transaction: HubTransaction,
  run: RunRecord,
  { round, aggregate: { version, weights, shares, report } }: { round: number; aggregate: Aggregate },
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
  // A weight stands for being part of the version, and by that for a share in what it earns.
  for (const { task, weight } of shares.filter(share => share.weight > 0)) {
    const settled = { state: 'received', settled: created }
    await transaction.updateTable('task').set({ weight }).where('id', '=', task).execute()
    await transaction
      .updateTable('task')
      .set(settled)
      .where('id', '=', task)
      .where('state', '=', 'open')
      .execute()
  }
  await appendEvent(context, transaction, {
    kind: 'version-created',
    body: {
      version,
      run: run.id,
      round,
      weights: digestOfManifest(weights),
      rule: run.recipe.federation.aggregation.kind,
      shares: shares.map(({ member, weight }, place) => ({ member, weight, ...reportOn(report, place) })),
    },
  })
}

/** What the rule found about one update: whose work was held back is in the log for everyone to see. */
function reportOn(report: AggregationReport, place: number): Record<string, number> {
  if (report.kind === 'norm-bound') return { norm: report.norms[place]!, scale: report.scales[place]! }
  return report.kind === 'multi-krum' ? { score: report.scores[place]! } : {}
}
