import type { hubEndpoints, Id, Metrics, ModelCard, SignedDataCard } from '@consort/protocol'
import { Refusal } from '@consort/protocol'
import type { Handlers } from '@consort/protocol/routes'
import type { HubCaller, HubContext } from '../context.ts'
import { readRun } from '../runs/run-record.ts'

type Group = Pick<typeof hubEndpoints, 'listModels' | 'getModel' | 'getModelChunk'>

export function modelHandlers(context: HubContext): Handlers<Group, HubCaller> {
  const { database, blobs } = context

  const published = async (id: string) => {
    const row = await database
      .selectFrom('version')
      .selectAll()
      .where('id', '=', id)
      .where('published', '=', 1)
      .executeTakeFirst()
    if (!row)
      throw new Refusal('not-found', `There is no model ${id}`, {
        hint: '`consort model list` shows all of them.',
      })
    return row
  }

  const evaluationsOf = async (run: string, round: number): Promise<ModelCard['evaluations']> => {
    const rows = await database
      .selectFrom('task')
      .innerJoin('member', 'member.id', 'task.member')
      .innerJoin('data_card', 'data_card.id', 'task.card')
      .select(['member.name', 'task.metrics', 'data_card.signed'])
      .where('task.run', '=', run)
      .where('task.round', '=', round)
      .where('task.work', '=', 'evaluate')
      .where('task.state', '=', 'received')
      .orderBy('member.name')
      .execute()
    return rows.map(row => ({
      member: row.name,
      role: (JSON.parse(row.signed) as SignedDataCard).document.role,
      metrics: JSON.parse(row.metrics!) as Metrics,
    }))
  }

  const lineageOf = async (run: string, round: number): Promise<ModelCard['lineage']> => {
    const rows = await database
      .selectFrom('task')
      .innerJoin('member', 'member.id', 'task.member')
      .innerJoin('data_card', 'data_card.id', 'task.card')
      .select(['member.name', 'data_card.signed'])
      .distinct()
      .where('task.run', '=', run)
      .where('task.round', '<=', round)
      .where('task.work', '=', 'train')
      .where('task.weight', 'is not', null)
      .orderBy('member.name')
      .execute()
    return rows.map(row => {
      const { id, trainExamples } = (JSON.parse(row.signed) as SignedDataCard).document
      return { member: row.name, card: id, trainExamples }
    })
  }

  return {
    async listModels() {
      const rows = await database
        .selectFrom('version')
        .selectAll()
        .where('published', '=', 1)
        .orderBy('created', 'desc')
        .execute()
      const models = rows.map(async row => {
        const evaluations = await evaluationsOf(row.run, row.round)
        const test = evaluations.find(evaluation => evaluation.role === 'test')
        const { name, round, created } = row
        const accuracy = test?.metrics.values.accuracy ?? null
        return { id: row.id as Id<'version'>, name, run: row.run as Id<'run'>, round, created, accuracy }
      })
      return { models: await Promise.all(models) }
    },

    async getModel({ params: { version } }) {
      const row = await published(version)
      const run = await readRun(database, row.run)
      return {
        id: row.id as Id<'version'>,
        name: row.name,
        run: run.id,
        round: row.round,
        created: row.created,
        recipe: run.recipe,
        recipeDigest: run.recipeDigest,
        rosterDigest: run.rosterDigest,
        weights: JSON.parse(row.weights),
        lineage: await lineageOf(run.id, row.round),
        evaluations: await evaluationsOf(run.id, row.round),
      }
    },

    async getModelChunk({ params: { version, digest } }) {
      await published(version)
      return await blobs.get(version, digest)
    },
  }
}
