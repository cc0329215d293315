import type { Id } from '@consort/protocol'
import type { BlobStore } from '@consort/storage'
import type { HubDatabase } from '../../tables/hub-tables.ts'
import { forgetWeights, type KeptResult, keptResults } from '../version-store.ts'

/** Tells whether answers with a version were given since a moment. */
type IsAnswering = (database: HubDatabase, version: Id<'version'>, since: Date) => Promise<boolean>

/**
 * Removes the weights of results that were made before a moment, if a later run of the name and of the same members has
 * another result, if they are not the current version of the name, and if no answer was given with them since. What is
 * known of them stays.
 */
export async function* sweepResults(
  { database, blobs }: { readonly database: HubDatabase; readonly blobs: BlobStore },
  before: Date,
  isAnswering: IsAnswering,
): AsyncGenerator<number, void> {
  for (const { id } of superseded(await keptResults(database), before)) {
    if (await isAnswering(database, id, before)) continue
    await forgetWeights(database, id)
    await blobs.removeScope(id)
    yield 1
  }
}

/** Of results in the order in which they were made, those that may go. */
function superseded(results: readonly KeptResult[], before: Date): KeptResult[] {
  const newest = new Map(results.map(result => [seriesOf(result), result.id]))
  return results.filter(
    result =>
      result.created < before.toISOString() &&
      !result.isCurrent &&
      newest.get(seriesOf(result)) !== result.id,
  )
}

/** What some members made is for them: nobody else's result takes its place. */
const seriesOf = ({ name, only }: KeptResult): string => JSON.stringify([name, only?.toSorted() ?? null])
