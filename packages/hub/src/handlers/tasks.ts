import {
  chunkBytes,
  digestOfManifest,
  type hubEndpoints,
  type Manifest,
  Refusal,
  type SignedDataCard,
} from '@consort/protocol'
import type { Handlers } from '@consort/protocol/routes'
import { planModel } from '@consort/train'
import type { Selectable } from 'kysely'
import { type HubCaller, type HubContext, type MemberCaller, record } from '../context.ts'
import { applyEvent } from '../runs/coordinator.ts'
import { readRun, versionWeights } from '../runs/run-record.ts'
import { checkUpdate, missingChunks, updateFile } from '../runs/update-file.ts'
import type { HubTables } from '../tables.ts'

type Group = Pick<
  typeof hubEndpoints,
  | 'nextTask'
  | 'getWeights'
  | 'offerUpdate'
  | 'putChunk'
  | 'finishTraining'
  | 'finishEvaluation'
  | 'failTask'
  | 'reportProgress'
>
type TaskRow = Selectable<HubTables['task']>

/** How much the latest round weighs in a member's average latency. */
const latencyShare = 0.3

export function taskHandlers(context: HubContext): Handlers<Group, HubCaller> {
  const { database, blobs, traffic } = context

  /** The member's own task; others' tasks do not exist for it. */
  const ownTask = async (caller: HubCaller, id: string, work?: 'train' | 'evaluate'): Promise<TaskRow> => {
    const row = await database
      .selectFrom('task')
      .selectAll()
      .where('id', '=', id)
      .where('member', '=', (caller as MemberCaller).id)
      .executeTakeFirst()
    if (!row || (work && row.work !== work))
      throw new Refusal('not-found', `There is no such task for this member: ${id}`)
    return row
  }
  const openTask = async (caller: HubCaller, id: string, work?: 'train' | 'evaluate'): Promise<TaskRow> => {
    const row = await ownTask(caller, id, work)
    if (row.state !== 'open') throw closed(row)
    return row
  }
  const count = (counted: Map<string, number>, run: string, bytes: number): void => {
    counted.set(run, (counted.get(run) ?? 0) + bytes)
  }
  const cardOf = async (row: TaskRow) => {
    const { signed } = await database
      .selectFrom('data_card')
      .select('signed')
      .where('id', '=', row.card)
      .executeTakeFirstOrThrow()
    return (JSON.parse(signed) as SignedDataCard).document
  }

  return {
    async nextTask({ query: { wait }, caller }) {
      const { id } = caller as MemberCaller
      const until = performance.now() + wait * 1000
      for (;;) {
        const row = await database
          .selectFrom('task')
          .innerJoin('run', 'run.id', 'task.run')
          .select(['task.signed', 'run.recipe'])
          .where('task.member', '=', id)
          .where('task.state', '=', 'open')
          .orderBy('task.opened')
          .limit(1)
          .executeTakeFirst()
        if (row) return { task: JSON.parse(row.signed), recipe: JSON.parse(row.recipe) }
        const left = until - performance.now()
        if (left <= 0 || !(await context.waiting.wait('tasks', left))) return { task: null, recipe: null }
      }
    },

    async getWeights({ params: { task, digest }, caller }) {
      const row = await openTask(caller, task)
      const weights = await versionWeights(database, row.version)
      if (!weights.chunks.some(chunk => chunk.digest === digest))
        throw new Refusal('not-found', 'This task has no such chunk')
      const bytes = await blobs.get(row.version, digest)
      count(traffic.down, row.run, bytes.length)
      return bytes
    },

    async offerUpdate({ params: { task }, body: manifest, caller }) {
      const row = await openTask(caller, task, 'train')
      const weights = await versionWeights(database, row.version)
      if (manifest.bytes !== weights.bytes) {
        throw new Refusal(
          'update-shape',
          `The update has ${manifest.bytes} bytes, the model ${weights.bytes}`,
          {
            hint: 'An update holds the same tensors as the weights that the task gave.',
          },
        )
      }
      const text = JSON.stringify(manifest)
      if (row.manifest !== text)
        await database.updateTable('task').set({ manifest: text }).where('id', '=', task).execute()
      return { missing: await missingChunks(blobs, updateFile(row, manifest, weights)) }
    },

    async putChunk({ params: { task, digest }, body, caller }) {
      const row = await openTask(caller, task, 'train')
      const chunk = announced(row).chunks.find(known => known.digest === digest)
      if (!chunk)
        throw new Refusal('not-found', 'The announced update has no such chunk', {
          hint: 'Announce the update first.',
        })
      if (body.digest !== digest)
        throw new Refusal(
          'digest-mismatch',
          'The request is signed for another content than its address names',
        )
      await blobs.put(task, chunk, body.stream)
      count(traffic.up, row.run, Math.min(chunk.bytes, chunkBytes))
    },

    async finishTraining({ params: { task }, body: { update, examples, loss }, caller }) {
      const row = await ownTask(caller, task, 'train')
      if (row.state === 'received' && digestOfManifest(announced(row)) === update) return
      if (row.state !== 'open') throw closed(row)
      const manifest = announced(row)
      if (digestOfManifest(manifest) !== update) {
        throw new Refusal('state-conflict', 'Another update was announced than the one handed in', {
          hint: 'Announce it again.',
        })
      }
      const card = await cardOf(row)
      if (examples !== card.trainExamples) {
        throw new Refusal(
          'card-mismatch',
          `The update is said to come from ${examples} examples, the data card declares ${card.trainExamples}`,
          {
            hint: 'Register the data set again, so that its card tells what is there.',
          },
        )
      }
      const run = await readRun(database, row.run)
      const file = updateFile(row, manifest, await versionWeights(database, row.version))
      const missing = await missingChunks(blobs, file)
      if (missing.length > 0)
        throw new Refusal('state-conflict', `${missing.length} chunks have not arrived`, {
          hint: 'Announce the update again to learn which.',
        })
      await checkUpdate(blobs, file, planModel(run.recipe).layout)
      const now = context.now()
      const seconds = (now.getTime() - Date.parse(row.opened)) / 1000
      const isTaken = await applyEvent(
        context,
        row.run,
        { kind: 'received', member: row.member },
        async transaction => {
          await transaction
            .updateTable('task')
            .set({ state: 'received', settled: now.toISOString(), loss: loss ?? null })
            .where('id', '=', task)
            .execute()
          const known = await transaction
            .selectFrom('member')
            .select('latency_seconds')
            .where('id', '=', row.member)
            .executeTakeFirstOrThrow()
          const latency =
            known.latency_seconds === null
              ? seconds
              : known.latency_seconds + latencyShare * (seconds - known.latency_seconds)
          await transaction
            .updateTable('member')
            .set({ latency_seconds: latency })
            .where('id', '=', row.member)
            .execute()
          await record(context, transaction, {
            kind: 'update-received',
            body: { run: row.run, round: row.round, member: row.member, task, update, examples },
          })
        },
      )
      if (!isTaken) throw closed(await ownTask(caller, task))
      context.pursue(row.run)
    },

    async finishEvaluation({ params: { task }, body: metrics, caller }) {
      const row = await ownTask(caller, task, 'evaluate')
      const text = JSON.stringify(metrics)
      if (row.state === 'received' && row.metrics === text) return
      if (row.state !== 'open') throw closed(row)
      const card = await cardOf(row)
      if (metrics.examples !== card.evaluationExamples) {
        throw new Refusal(
          'card-mismatch',
          `Evaluated on ${metrics.examples} examples, the data card declares ${card.evaluationExamples}`,
          {
            hint: 'Register the data set again, so that its card tells what is there.',
          },
        )
      }
      const isTaken = await applyEvent(
        context,
        row.run,
        { kind: 'received', member: row.member },
        async transaction => {
          const settled = context.now().toISOString()
          await transaction
            .updateTable('task')
            .set({ state: 'received', settled, metrics: text })
            .where('id', '=', task)
            .execute()
          await record(context, transaction, {
            kind: 'evaluation-received',
            body: { run: row.run, round: row.round, member: row.member, version: row.version, metrics },
          })
        },
      )
      if (!isTaken) throw closed(await ownTask(caller, task))
      context.pursue(row.run)
    },

    async failTask({ params: { task }, body: failure, caller }) {
      const row = await ownTask(caller, task)
      if (row.state !== 'open') return
      await applyEvent(
        context,
        row.run,
        { kind: 'failed', member: row.member, failure },
        async transaction => {
          await transaction
            .updateTable('task')
            .set({ state: 'failed', settled: context.now().toISOString(), failure: JSON.stringify(failure) })
            .where('id', '=', task)
            .execute()
          await record(context, transaction, {
            kind: 'task-failed',
            body: { run: row.run, round: row.round, member: row.member, task, ...failure },
          })
        },
      )
      context.pursue(row.run)
    },

    async reportProgress({ params: { task }, body: { done }, caller }) {
      const row = await ownTask(caller, task)
      if (row.state === 'open') traffic.progress.set(task, done)
      else traffic.progress.delete(task)
      return { wanted: row.state === 'open' }
    },
  }
}

function announced(row: TaskRow): Manifest {
  if (row.manifest === null)
    throw new Refusal('state-conflict', 'No update was announced for this task', {
      hint: 'Announce it first.',
    })
  return JSON.parse(row.manifest)
}

function closed(row: TaskRow): Refusal {
  return new Refusal(
    'task-closed',
    `This task was ${row.state === 'received' ? 'handed in' : row.state} before`,
    {
      hint: 'Its deadline passed, its run ended, or it was done already. Ask for the next task.',
    },
  )
}
