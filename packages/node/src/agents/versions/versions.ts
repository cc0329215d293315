import {
  decodeTensors,
  digestOfJson,
  hubEndpoints,
  type Id,
  type ModelCard,
  Refusal,
} from '@consort/protocol'
import { planModel } from '@consort/train'
import type { AgentContext } from '../context.ts'

/**
 * Brings a version here: its card, and its weights chunk by chunk, each checked by its digest. What is here already is
 * not fetched again, so that it can be repeated after a cut, and needs no hub when all is here. Throws the hub's refusals.
 */
export async function fetchVersion(context: AgentContext, version: Id<'version'>): Promise<ModelCard> {
  const { call, database, models } = context
  const params = { version }
  const card = (await keptCard(context, version)) ?? (await call(hubEndpoints.getModel, { params }))
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
  await database
    .insertInto('served_version')
    .values({ version, card: JSON.stringify(card) })
    .onConflict(conflict => conflict.doNothing())
    .execute()
  return card
}

/** A chunk of 4 MiB over 0.3 Mbit/s. */
const chunkTimeoutMs = 120_000

async function keptCard({ database }: Pick<AgentContext, 'database'>, version: string) {
  const row = await database
    .selectFrom('served_version')
    .select('card')
    .where('version', '=', version)
    .executeTakeFirst()
  return row && (JSON.parse(row.card) as ModelCard)
}

/** The card of a version that is or was served here. */
export async function servedCard(
  context: Pick<AgentContext, 'database'>,
  version: string,
): Promise<ModelCard> {
  const card = await keptCard(context, version)
  if (card) return card
  throw new Refusal('not-found', `The version ${version} was never served here`)
}

/** The weights of a version that is served, from this node's own disk. Throws `not-found` when they are not here. */
export async function servedWeights(
  { models }: Pick<AgentContext, 'models'>,
  card: ModelCard,
): Promise<Float32Array> {
  const file = new Uint8Array(card.weights.bytes)
  let offset = 0
  for (const chunk of card.weights.chunks) {
    file.set(await models.get(card.id, chunk.digest), offset)
    offset += chunk.bytes
  }
  return decodeTensors(planModel(card.recipe).layout, file)
}
