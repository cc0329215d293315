import { setImmediate } from 'node:timers/promises'
import { createMaskedSum, type Opened } from '@consort/privacy'
import { type Chunk, digestOfBytes, type Id, isRefusal, Refusal } from '@consort/protocol'
import { trainedParts } from '@consort/train'
import type { Aggregate } from '../aggregate.ts'
import type { RunContext } from '../context.ts'
import type { RunRecord } from '../run-store.ts'
import { tasksByName } from '../tasks/tasks-by-name.ts'
import { checkLength, floatsOfChunk, readFloats, takenUpdate, updateFile } from '../update-file.ts'
import { versionWeights } from '../version-store.ts'

/**
 * Opens the sum of a round and adds its mean to the weights that the round started from. Memory for one model and
 * some chunks. Nothing of it shows until it is kept; after a crash it is simply done again. Throws `update-shape`
 * when somebody has handed in something else than a masked update (who it was cannot be seen), or a piece of one is not
 * there.
 */
export async function aggregateMasked(
  context: Pick<RunContext, 'database' | 'blobs' | 'chunkMemory'>,
  run: RunRecord,
  { opened, version }: { opened: Opened; version: Id<'version'> },
): Promise<Aggregate> {
  const { database, blobs } = context
  const open = await tasksByName(database, {
    run: run.id,
    round: opened.context.round,
    work: 'train',
    state: 'open',
  })
  const tasks = open.filter(({ name }) => opened.survivors.includes(name))
  const sum = createMaskedSum(opened.context)
  for (const task of tasks) {
    let offset = 0
    for (const chunk of takenUpdate(task).chunks) {
      sum.add(await maskedPiece(context, task.id, chunk), offset)
      offset += chunk.bytes
    }
  }
  for (const _ of sum.unmasking(opened)) await setImmediate() // a turn for everyone else

  const { layout } = trainedParts(run.recipe)
  const base = await versionWeights(database, run.version)
  const start = updateFile({ id: run.version, version: run.version }, base, base)
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

/** A piece that is not there counts as a wrong one: to try again would not bring it back. */
async function maskedPiece(
  { blobs }: Pick<RunContext, 'blobs'>,
  task: Id<'task'>,
  chunk: Chunk,
): Promise<Uint8Array> {
  const piece = await blobs.get(task, chunk.digest).catch(error => {
    if (!isRefusal(error, 'not-found')) throw error
    throw new Refusal('update-shape', `A piece of the masked update of task ${task} is not there`, {
      hint: 'Should it occur again, look after the disk of the hub: what was taken has to stay.',
    })
  })
  checkLength(chunk, piece)
  return piece
}
