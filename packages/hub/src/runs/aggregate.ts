import { type AggregationReport, combineUpdates, type RoundUpdates, updateWeights } from '@consort/federation'
import {
  type Chunk,
  chunkBytes,
  digestOfBytes,
  digestOfManifest,
  type Id,
  type Manifest,
  type TensorLayout,
} from '@consort/protocol'
import { appendEvent } from '@consort/storage'
import { trainedParts } from '@consort/train'
import type { LogOwner } from '../log/log-owner.ts'
import { cardsById } from '../members/card-store.ts'
import type { HubTransaction } from '../tables/hub-tables.ts'
import { timeAfterNewest } from '../time-after-newest.ts'
import type { RunContext } from './context.ts'
import { endRound } from './round-store.ts'
import { goOnFrom, type RunRecord } from './run-store.ts'
import { keepShare } from './tasks/task-store.ts'
import { tasksByName } from './tasks/tasks-by-name.ts'
import { floatsOfChunk, readFloats, takenUpdate, type UpdateFile, updateFile } from './update-file.ts'
import { insertVersion, versionWeights } from './version-store.ts'

/** The round's new version, before it is kept. */
export interface Aggregate {
  readonly version: Id<'version'>
  readonly weights: Manifest
  /** `weight` is 0 for an update that is no part of the version. */
  readonly shares: readonly {
    readonly task: Id<'task'>
    readonly member: Id<'member'>
    readonly weight: number
  }[]
  /** What the recipe's rule did to the updates, in the order of `shares`. */
  readonly report: AggregationReport
}

/**
 * Combines the updates of a round by the recipe's rule into a new version, one chunk after the other, in the order of
 * the partners' names: memory for some chunks, and the same bits however the updates arrived. Nothing of it shows until
 * `keepAggregate`; after a crash it is simply done again.
 */
export async function aggregate(
  context: Pick<RunContext, 'database' | 'blobs'>,
  run: RunRecord,
  { round, version }: { round: number; version: Id<'version'> },
): Promise<Aggregate> {
  const { database, blobs } = context
  const { layout } = trainedParts(run.recipe)
  const tasks = await tasksByName(database, { run: run.id, round, work: 'train', state: 'received' })
  const base = await versionWeights(database, run.version)
  const files = tasks.map(task => updateFile(task, takenUpdate(task), base))
  const cards = await cardsById(
    database,
    tasks.map(({ card }) => card),
  )
  const examples = tasks.map(({ card }) => cards.get(card)!.document.trainExamples)
  const weights = updateWeights(examples, run.recipe.federation.examplesCap)
  const updates = roundUpdates(context, {
    files,
    weights,
    layout,
    base: { version: run.version, manifest: base },
  })
  const combination = await combineUpdates(updates, run.recipe.federation.aggregation)

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
  { blobs }: Pick<RunContext, 'blobs'>,
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
  context: LogOwner,
  transaction: HubTransaction,
  run: RunRecord,
  { round, aggregate: { version, weights, shares, report } }: { round: number; aggregate: Aggregate },
): Promise<void> {
  const now = context.now()
  const ended = now.toISOString()
  const created = await timeAfterNewest(transaction, 'version', now)
  const { name } = run
  await insertVersion(transaction, { id: version, run: run.id, round, name, created, weights })
  await goOnFrom(transaction, run.id, version)
  await endRound(transaction, { run: run.id, round }, { version, ended })
  // A weight stands for being part of the version, and by that for a share in what it earns.
  for (const { task, weight } of shares.filter(share => share.weight > 0))
    await keepShare(transaction, task, { weight, at: ended })
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
