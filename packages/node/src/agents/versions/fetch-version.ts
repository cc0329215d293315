import { type Caller, digestOfJson, hubEndpoints, type Id, type ModelCard, Refusal } from '@consort/protocol'
import type { BlobStore } from '@consort/storage'
import type { AgentReader } from '../../tables/agent-tables.ts'
import { findServedCard, keepServedCard } from './served-version-store.ts'

/** What bringing a version here needs. */
export interface FetchContext {
  readonly call: Caller
  readonly database: AgentReader
  /** Weights of the versions that are served, one scope each; kept apart from what training sweeps away. */
  readonly models: BlobStore
}

/**
 * Brings a version here: its card, and its weights chunk by chunk, each checked by its digest. What is here already is
 * not fetched again, so that it can be repeated after a cut, and needs no hub when all is here. Throws the hub's
 * refusals.
 */
export async function fetchVersion(
  { call, database, models }: FetchContext,
  version: Id<'version'>,
): Promise<ModelCard> {
  const params = { version }
  const card = (await findServedCard(database, version)) ?? (await call(hubEndpoints.getModel, { params }))
  if (card.id !== version || digestOfJson(card.recipe) !== card.recipeDigest) {
    throw new Refusal('weights-invalid', 'The card of the model is not that of the version asked for')
  }
  for (const chunk of card.weights.chunks) {
    if (await models.has(version, chunk.digest)) continue
    const input = { params: { ...params, digest: chunk.digest } }
    await models.put(
      version,
      chunk,
      await call(hubEndpoints.getModelChunk, input, { timeoutMs: chunkTimeoutMs }),
    )
  }
  await keepServedCard(database, card)
  return card
}

/** A chunk of 4 MiB over 0.3 Mbit/s. */
const chunkTimeoutMs = 120_000
