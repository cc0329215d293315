import { pageOf, parsePlace } from '@consort/protocol'
import type { HubHandler } from '../../callers.ts'
import { evaluationsOf } from '../../runs/lineage/origin-of-version.ts'
import { publishedVersions, type Version } from '../../runs/version-store.ts'
import type { HubDatabase } from '../../tables/hub-tables.ts'

/** Lists the versions that finished runs produced, the newest first, page by page. */
export function listModels({ database }: { readonly database: HubDatabase }): HubHandler<'listModels'> {
  return async ({ query: { before, limit } }) => {
    const place = parsePlace('version', before)
    const read = await publishedVersions(database, { before: place, limit: limit + 1 })
    const placeOf = ({ created: at, id }: Version) => ({ at, id })
    const { page, next } = pageOf(read, { limit, placeOf })
    const models = page.map(async ({ id, name, run, round, created, isCurrent }) => {
      const evaluations = await evaluationsOf(database, run, round)
      const test = evaluations.find(evaluation => evaluation.role === 'test')
      const accuracy = test?.metrics.values.accuracy ?? null
      return { id, name, run, round, created, accuracy, isPresent: isCurrent }
    })
    return { models: await Promise.all(models), next }
  }
}
