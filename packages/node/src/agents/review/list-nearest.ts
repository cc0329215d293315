import { nearestRows } from '@consort/agents'
import { encodeCase } from '@consort/data'
import { type LabelledNeighbour, nearestCountMax, Refusal } from '@consort/protocol'
import { checkHasJudged, type ReviewReader, readCase } from '@consort/review'
import { type NodeHandler, reviewerOf } from '../../caller.ts'
import type { RegisteredDataset } from '../../datasets/dataset-store.ts'
import type { ServingAgents } from '../registry/serving-agents.ts'
import type { Predictors } from '../versions/predictors.ts'
import type { KeptExamples, KnownExamples } from './kept-examples.ts'

/** What finding similar records needs. */
export interface NearestContext {
  readonly database: ReviewReader
  readonly agents: Pick<ServingAgents, 'of'>
  readonly predictors: Pick<Predictors, 'use'>
  /** Finds the data set that is registered here under a name. */
  readonly currentDataset: (name: string) => Promise<RegisteredDataset | undefined>
  /** Labelled records as the served versions see them, for this node's own experts. */
  readonly examples: KeptExamples
}

/**
 * Lists the labelled records of this node's own that the version which the agent serves now finds nearest to a case:
 * Euclidean distance between what its last layer is given for the two. Only records that train are looked at, answered
 * cases among them, the case itself never. For experts, by the rule of the suggestion: throws `state-conflict` before
 * the caller's first answer; `data-changed` when the files are not those that were registered, `value-invalid` where
 * another version has come to serve that wants fields which the case does not have.
 */
export function listNearest(context: NearestContext): NodeHandler<'listNearest'> {
  return async ({ params, caller }) => {
    const file = await readCase(context.database, params.case)
    checkHasJudged(file, reviewerOf(caller))
    const { view, recipe } = await context.agents.of(file.agent)
    const input = await encodeCase(file.record, recipe)
    const row = await context.currentDataset(view.dataset)
    if (!row) {
      throw new Refusal('not-found', `No data set named ${view.dataset} is registered here`, {
        hint: 'Register it again: `consort dataset add`.',
      })
    }
    return await context.predictors.use(view.version, async predictor => {
      const known = await context.examples.of(view.version, row, predictor)
      return { examples: await nearestOf(known, await predictor.embed(input, 1), file.id) }
    })
  }
}

/** The nearest of both, the nearest first. */
async function nearestOf(
  { files, cases }: KnownExamples,
  embedding: Float32Array,
  itself: string,
): Promise<LabelledNeighbour[]> {
  const others = cases.flatMap(({ answered, embedding: own }) =>
    own === null || answered.id === itself ? [] : [{ answered, own }],
  )
  const joined = new Float32Array(others.length * embedding.length)
  for (const [row, { own }] of others.entries()) joined.set(own, row * embedding.length)
  const count = nearestCountMax
  const near = [
    ...nearestRows(files.embeddings, embedding, { count }).map(({ row, distance }) => ({
      distance,
      label: files.labels[row]!,
      record: () => files.record(row),
    })),
    ...nearestRows(joined, embedding, { count }).map(({ row, distance }) => {
      const { label, record } = others[row]!.answered
      return { distance, label, record: async () => record }
    }),
  ]
  const nearest = near.sort((a, b) => a.distance - b.distance).slice(0, count)
  return await Promise.all(
    nearest.map(async ({ distance, label, record }) => ({ record: await record(), label, distance })),
  )
}
