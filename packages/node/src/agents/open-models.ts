import { type Histogram, loadPredictor, openModelPool } from '@consort/serving'
import { type BlobStore, type DataDirectory, type FileSystem, openLocalBlobs } from '@consort/storage'
import type { AgentReader } from '../tables/agent-tables.ts'
import { sweepVersions } from './registry/sweep-versions.ts'
import { createPredictors, type Predictors } from './versions/predictors.ts'
import { servedCard } from './versions/served-version-store.ts'
import { servedWeights } from './versions/served-weights.ts'

/** What opening models needs. */
interface ModelsContext {
  readonly database: AgentReader
  readonly directory: DataDirectory
  readonly files: FileSystem
}

/**
 * Opens the store of weights, without those of versions that no agent serves any more, and the pool that runs models.
 */
export async function openModels(
  stack: AsyncDisposableStack,
  { database, directory, files }: ModelsContext,
  batchRows: Histogram,
): Promise<{ models: BlobStore; predictors: Predictors }> {
  const models = openLocalBlobs(files, directory.at('models'))
  const pool = stack.use(openModelPool())
  const predictors = stack.use(
    createPredictors(async version => {
      const card = await servedCard(database, version)
      const source = async () => ({ recipe: card.recipe, weights: await servedWeights(models, card) })
      return await loadPredictor(pool, source, { onBatch: rows => batchRows.observe(rows) })
    }),
  )
  await sweepVersions({ database, models })
  return { models, predictors }
}
