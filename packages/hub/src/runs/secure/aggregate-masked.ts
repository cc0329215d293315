import { createMaskedSum, type Opened } from '@consort/privacy'
import { type Chunk, createId, digestOfBytes } from '@consort/protocol'
import { planModel } from '@consort/train'
import type { HubContext } from '../../context.ts'
import type { Aggregate } from '../aggregate.ts'
import { type RunRecord, versionWeights } from '../run-record.ts'
import { floatsOfChunk, readFloats, takenManifest, updateFile } from '../update-file.ts'

/**
 * Opens the sum of a round and adds its mean to the weights that the round started from. Memory for one model and some
 * chunks. Nothing of it shows until it is kept; after a crash it is simply done again. Throws `update-shape` when somebody
 * has handed in something else than a masked update: who it was cannot be seen.
 */
export async function aggregateMasked(
  context: HubContext,
  run: RunRecord,
  opened: Opened,
): Promise<Aggregate> {
  const { database, blobs } = context
  const tasks = await database
    .selectFrom('task')
    .innerJoin('member', 'member.id', 'task.member')
    .select(['task.id', 'task.member', 'task.manifest', 'task.update_digest', 'member.name'])
    .where('task.run', '=', run.id)
    .where('task.round', '=', opened.context.round)
    .where('task.work', '=', 'train')
    .where('task.state', '=', 'open')
    .where('member.name', 'in', opened.survivors)
    .orderBy('member.name')
    .execute()
  const sum = createMaskedSum(opened.context)
  for (const task of tasks) {
    let offset = 0
    for (const { digest, bytes } of takenManifest(task).chunks) {
      sum.add(await blobs.get(task.id, digest), offset)
      offset += bytes
    }
  }
  sum.unmask(opened)

  const { layout } = planModel(run.recipe)
  const base = await versionWeights(database, run.version)
  const start = updateFile({ id: run.version, version: run.version }, base, base)
  const version = createId('version', context.entropy)
  const chunks: Chunk[] = []
  for (const [index, chunk] of base.chunks.entries()) {
    const { start: from, end } = floatsOfChunk(layout, index)
    const floats = await context.chunkMemory(async into => {
      const weights = await readFloats(blobs, start, { chunk, index, layout }, into)
      return sum.mean(from, end).map((change, place) => change + weights[place]!)
    })
    const data = new Uint8Array(floats.buffer)
    const bytes = index === 0 ? Buffer.concat([layout.header, data]) : data
    const made: Chunk = { digest: digestOfBytes(bytes), bytes: bytes.length }
    await blobs.put(version, made, bytes)
    chunks.push(made)
  }
  const weightOf = (name: string) => opened.context.members.find(member => member.name === name)!.weight
  const total = tasks.reduce((all, { name }) => all + weightOf(name), 0)
  const shares = tasks.map(({ id, member, name }) => ({ task: id, member, weight: weightOf(name) / total }))
  return { version, weights: { bytes: base.bytes, chunks }, shares, report: { kind: 'weighted-mean' } }
}
