import { type Id, type ModelCard, modelCardSchema, Refusal } from '@consort/protocol'
import { jsonColumn } from '@consort/storage'
import type { AgentReader } from '../../tables/agent-tables.ts'

const cardColumn = jsonColumn<ModelCard>('served_version.card', modelCardSchema)

/** Keeps the card of a version whose weights are here; one that is kept already stays as it is. */
export async function keepServedCard(database: AgentReader, card: ModelCard): Promise<void> {
  await database
    .insertInto('served_version')
    .values({ version: card.id, card: cardColumn.write(card) })
    .onConflict(conflict => conflict.doNothing())
    .execute()
}

/** Finds the card of a version that is or was served here; undefined for another one. */
export async function findServedCard(
  database: AgentReader,
  version: Id<'version'>,
): Promise<ModelCard | undefined> {
  const row = await database
    .selectFrom('served_version')
    .select('card')
    .where('version', '=', version)
    .executeTakeFirst()
  return row && cardColumn.read(row.card)
}

/** Reads the card of a version that is or was served here. Throws `not-found` for another one. */
export async function servedCard(database: AgentReader, version: Id<'version'>): Promise<ModelCard> {
  const card = await findServedCard(database, version)
  if (card) return card
  throw new Refusal('not-found', `The version ${version} was never served here`)
}

/** Lists all versions that were ever served here. */
export async function servedVersions(database: AgentReader): Promise<Id<'version'>[]> {
  const rows = await database.selectFrom('served_version').select('version').orderBy('version').execute()
  return rows.map(({ version }) => version)
}
