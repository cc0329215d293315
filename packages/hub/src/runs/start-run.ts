import {
  createId,
  digestOfDocument,
  digestOfJson,
  encodeTensors,
  type Id,
  manifestOf,
  type Recipe,
  Refusal,
  sliceChunks,
} from '@consort/protocol'
import { initialWeights, planModel } from '@consort/train'
import { type HubContext, record } from '../context.ts'
import { readRoster } from '../roster.ts'
import { type RunRecord, readRun } from './run-record.ts'

export interface RunRequest {
  readonly recipe: Recipe
  readonly only?: readonly string[] | undefined
  readonly idempotencyKey: string
}

/** Opens a run, or returns the one that was opened with the same key. */
export async function startRun(
  context: HubContext,
  { recipe, only, idempotencyKey }: RunRequest,
): Promise<RunRecord> {
  const { database, blobs } = context
  const recipeDigest = digestOfJson(recipe)
  const known = await database
    .selectFrom('run')
    .select(['id', 'recipe_digest'])
    .where('idempotency_key', '=', idempotencyKey)
    .executeTakeFirst()
  if (known && known.recipe_digest !== recipeDigest) {
    throw new Refusal('state-conflict', 'This idempotency key was used for another recipe', {
      hint: 'Take a new key for a new run.',
    })
  }
  if (known) return await readRun(database, known.id)

  const { inForce } = await readRoster(database)
  if (!inForce) {
    throw new Refusal('roster-unsigned', 'No roster is in force yet', {
      hint: 'Every member compares fingerprints (`consort roster show`) and signs (`consort roster sign`).',
    })
  }
  const names = new Set(
    inForce.document.members.filter(member => member.role === 'partner').map(member => member.name),
  )
  const stranger = only?.find(name => !names.has(name))
  if (stranger !== undefined) {
    throw new Refusal('not-found', `No partner of the roster in force is called ${stranger}`, {
      hint: `There are: ${[...names].join(', ')}.`,
    })
  }
  const possible = only?.length ?? names.size
  if (possible < recipe.federation.partnersMin) {
    throw new Refusal(
      'state-conflict',
      `The recipe needs ${recipe.federation.partnersMin} partners, ${possible} could take part`,
      {
        hint: 'Lower federation.partnersMin, or invite more partners.',
      },
    )
  }

  const plan = planModel(recipe)
  const file = encodeTensors(plan.layout, initialWeights(plan, recipe.seed))
  const weights = manifestOf(file)
  const version = createId('version', context.entropy)
  const chunks = sliceChunks(file)
  for (const [index, chunk] of weights.chunks.entries()) await blobs.put(version, chunk, chunks[index]!)

  const id: Id<'run'> = createId('run', context.entropy)
  const created = context.now().toISOString()
  const rosterDigest = digestOfDocument(inForce.document)
  await database.transaction().execute(async transaction => {
    await transaction
      .insertInto('version')
      .values({
        id: version,
        run: id,
        round: 0,
        name: recipe.name,
        weights: JSON.stringify(weights),
        created,
        published: 0,
        kept: 1,
      })
      .execute()
    await transaction
      .insertInto('run')
      .values({
        id,
        idempotency_key: idempotencyKey,
        name: recipe.name,
        recipe: JSON.stringify(recipe),
        recipe_digest: recipeDigest,
        roster_digest: rosterDigest,
        only_members: only ? JSON.stringify(only) : null,
        state: JSON.stringify({ phase: 'created' }),
        revision: 1,
        version,
        created,
        ended: null,
        bytes_up: 0,
        bytes_down: 0,
      })
      .execute()
    await record(context, transaction, {
      kind: 'run-created',
      body: { run: id, recipe: recipeDigest, roster: rosterDigest, only: only ?? null },
    })
  })
  context.pursue(id)
  return await readRun(database, id)
}
