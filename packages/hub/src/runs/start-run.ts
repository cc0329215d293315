import { checkCoverage } from '@consort/agreements'
import {
  blankTensors,
  createId,
  type Digest,
  digestOfDocument,
  digestOfJson,
  type Id,
  type Manifest,
  manifestOf,
  type Recipe,
  Refusal,
  type Roster,
  sliceChunks,
} from '@consort/protocol'
import { initialWeights, planModel } from '@consort/train'
import { readAgreement } from '../agreement.ts'
import { appendEvent, type HubContext } from '../context.ts'
import { readRoster } from '../roster.ts'
import { type RunRecord, readRun } from './run-record.ts'

interface RunOrigin {
  readonly version: Id<'version'>
  readonly weights: Manifest
  readonly roster: Digest
  readonly agreement: Digest | null
}

export interface RunRequest {
  readonly recipe: Recipe
  readonly only?: readonly string[] | undefined
  readonly idempotencyKey: string
}

/** Opens a run, or returns the one that was opened with the same key. */
export async function startRun(context: HubContext, request: RunRequest): Promise<RunRecord> {
  const known = await runWithKey(context, request)
  if (known) return known
  const { inForce } = await readRoster(context.database)
  if (!inForce) {
    throw new Refusal('roster-unsigned', 'No roster is in force yet', {
      hint: 'Every member compares fingerprints (`consort roster show`) and signs (`consort roster sign`).',
    })
  }
  checkPartners(request, inForce.document)
  const agreement = await coveringAgreement(context, request.recipe, digestOfDocument(inForce.document))
  const version = createId('version', context.entropy)
  const weights = await putInitialWeights(context, request.recipe, version)
  const id = await insertRun(context, request, {
    version,
    weights,
    roster: digestOfDocument(inForce.document),
    agreement,
  })
  context.pursue(id)
  return await readRun(context.database, id)
}

async function runWithKey(
  { database }: HubContext,
  { recipe, idempotencyKey }: RunRequest,
): Promise<RunRecord | undefined> {
  const known = await database
    .selectFrom('run')
    .select(['id', 'recipe_digest'])
    .where('idempotency_key', '=', idempotencyKey)
    .executeTakeFirst()
  if (!known) return undefined
  if (known.recipe_digest === digestOfJson(recipe)) return await readRun(database, known.id)
  throw new Refusal('state-conflict', 'This idempotency key was used for another recipe', {
    hint: 'Take a new key for a new run.',
  })
}

function checkPartners({ recipe, only }: RunRequest, { members }: Roster): void {
  const names = new Set(members.filter(member => member.role === 'partner').map(member => member.name))
  const stranger = only?.find(name => !names.has(name))
  if (stranger !== undefined) {
    throw new Refusal('not-found', `No partner of the roster in force is called ${stranger}`, {
      hint: `There are: ${[...names].join(', ')}.`,
    })
  }
  const possible = only?.length ?? names.size
  const { partnersMin } = recipe.federation
  if (possible >= partnersMin) return
  throw new Refusal(
    'state-conflict',
    `The recipe needs ${partnersMin} partners, ${possible} could take part`,
    {
      hint: 'Lower federation.partnersMin, or invite more partners.',
    },
  )
}

/** The digest of the agreement in force, which must cover the recipe; null where partners have none. */
async function coveringAgreement(
  { database }: HubContext,
  recipe: Recipe,
  roster: Digest,
): Promise<Digest | null> {
  const { inForce } = await readAgreement(database)
  if (!inForce) return null
  if (inForce.document.roster !== roster) {
    throw new Refusal('agreement-altered', 'The roster has changed since the agreement was signed', {
      hint: 'Propose the terms anew (`consort agreement propose`), for all partners of today to sign.',
    })
  }
  checkCoverage(inForce.document, { recipe, digest: digestOfJson(recipe) })
  return digestOfDocument(inForce.document)
}

async function putInitialWeights(
  { blobs }: HubContext,
  recipe: Recipe,
  version: Id<'version'>,
): Promise<Manifest> {
  const plan = planModel(recipe)
  const { file, values } = blankTensors(plan.layout)
  initialWeights(plan, recipe.seed, values)
  const manifest = manifestOf(file)
  const chunks = sliceChunks(file)
  for (const [index, chunk] of manifest.chunks.entries()) await blobs.put(version, chunk, chunks[index]!)
  return manifest
}

async function insertRun(
  context: HubContext,
  { recipe, only, idempotencyKey }: RunRequest,
  { version, weights, roster, agreement }: RunOrigin,
): Promise<Id<'run'>> {
  const id = createId('run', context.entropy)
  const created = context.now().toISOString()
  const recipeDigest = digestOfJson(recipe)
  const { name } = recipe
  await context.database.transaction().execute(async transaction => {
    await transaction
      .insertInto('version')
      .values({
        id: version,
        run: id,
        round: 0,
        name,
        weights: JSON.stringify(weights),
        created,
        published: 0,
        present: 0,
        kept: 1,
      })
      .execute()
    await transaction
      .insertInto('run')
      .values({
        id,
        idempotency_key: idempotencyKey,
        name,
        recipe: JSON.stringify(recipe),
        recipe_digest: recipeDigest,
        roster_digest: roster,
        agreement_digest: agreement,
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
    const body = { run: id, recipe: recipeDigest, roster, agreement, only: only ?? null }
    await appendEvent(context, transaction, { kind: 'run-created', body })
  })
  return id
}
