import type { hubEndpoints, Id } from '@consort/protocol'
import type { Handler } from '@consort/protocol/routes'
import type { HubCallers, HubContext } from '../../context.ts'
import { evaluationsOf } from '../../runs/lineage/origin-of-version.ts'

export function listModels(context: HubContext): Handler<typeof hubEndpoints.listModels, HubCallers> {
  return async () => {
    const rows = await context.database
      .selectFrom('version')
      .selectAll()
      .where('published', '=', 1)
      .orderBy('created', 'desc')
      .execute()
    const models = rows.map(async ({ id, name, run, round, created, present }) => {
      const evaluations = await evaluationsOf(context.database, run, round)
      const test = evaluations.find(evaluation => evaluation.role === 'test')
      const accuracy = test?.metrics.values.accuracy ?? null
      const origin = { id: id as Id<'version'>, name, run: run as Id<'run'>, round, created }
      return { ...origin, accuracy, isPresent: present === 1 }
    })
    return { models: await Promise.all(models) }
  }
}
