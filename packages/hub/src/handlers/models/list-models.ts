import type { HubHandler } from '../../callers.ts'
import { evaluationsOf } from '../../runs/lineage/origin-of-version.ts'
import { publishedVersions } from '../../runs/version-store.ts'
import type { HubDatabase } from '../../tables/hub-tables.ts'

/** Lists the versions that finished runs produced, the newest first. */
export function listModels({ database }: { readonly database: HubDatabase }): HubHandler<'listModels'> {
  return async () => {
    const versions = await publishedVersions(database)
    const models = versions.map(async ({ id, name, run, round, created, isCurrent }) => {
      const evaluations = await evaluationsOf(database, run, round)
      const test = evaluations.find(evaluation => evaluation.role === 'test')
      const accuracy = test?.metrics.values.accuracy ?? null
      return { id, name, run, round, created, accuracy, isPresent: isCurrent }
    })
    return { models: await Promise.all(models) }
  }
}
