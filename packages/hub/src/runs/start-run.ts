import { checkCoverage } from '@consort/agreements'
import {
  type Chunk,
  canonicalJson,
  createId,
  type Digest,
  digestOfDocument,
  digestOfJson,
  type Id,
  type Manifest,
  type Recipe,
  Refusal,
  type Roster,
} from '@consort/protocol'
import { appendEvent } from '@consort/storage'
import { initialChunks, trainedParts } from '@consort/train'
import { readAgreement } from '../documents/agreement.ts'
import { rosterInForce } from '../documents/roster.ts'
import { type MemberWithCard, membersWithCards } from '../members/members-with-cards.ts'
import type { HubDatabase } from '../tables/hub-tables.ts'
import { timeAfterNewest } from '../time-after-newest.ts'
import { checkColumns } from './check-columns.ts'
import type { RunContext } from './context.ts'
import { inNewScope } from './new-scope.ts'
import { insertRun, type NewRun, type RunRecord, readRun, runWithKey } from './run-store.ts'
import { insertVersion } from './version-store.ts'

export interface RunRequest {
  readonly recipe: Recipe
  readonly only?: readonly string[] | undefined
  readonly idempotencyKey: string
  /** Why the agreement's rule starts it; nothing for a run that a person starts. */
  readonly due?: { readonly after: Id<'run'>; readonly added: number }
}

/**
 * Opens a run, or returns the one that was opened with the same key. Throws `roster-unsigned`, `agreement-altered`,
 * `not-found` for a partner that the roster does not list, `state-conflict`, what the agreement does not cover, and
 * `data-mismatch` where the data cards lack columns of the recipe.
 */
export async function startRun(
  context: Pick<RunContext, 'key' | 'database' | 'blobs' | 'entropy' | 'now' | 'pursue'>,
  request: RunRequest,
): Promise<RunRecord> {
  const { database, entropy } = context
  const { recipe, only = null, idempotencyKey, due } = request
  const known = await knownRun(database, request)
  if (known) return known
  const roster = await rosterInForce(database)
  checkPartners(request, roster)
  const rosterDigest = digestOfDocument(roster)
  const agreementDigest = await coveringAgreement(database, recipe, rosterDigest)
  checkColumns(recipe, await askedMembers(context, request))
  const version = createId('version', entropy)
  const run = {
    id: createId('run', entropy),
    idempotencyKey,
    recipe,
    recipeDigest: digestOfJson(recipe),
    rosterDigest,
    agreementDigest,
    only,
    version,
  }
  const isKept = await inNewScope(context.blobs, version, async () =>
    keepRun(context, { run, due }, await putInitialWeights(context, recipe, version)),
  )
  // The same call came twice at the same time, and the other one was first.
  if (!isKept) return await firstRun(database, request)
  context.pursue(run.id)
  return await readRun(database, run.id)
}

/** Lists the members that a run may ask to train or to evaluate, with their cards of its data set. */
export async function askedMembers(
  { database, now }: Pick<RunContext, 'database' | 'now'>,
  { recipe, only }: Pick<RunRequest, 'recipe' | 'only'>,
): Promise<MemberWithCard[]> {
  const members = await membersWithCards(database, recipe.dataset, now())
  return members.filter(({ name, role }) => role === 'evaluator' || (only?.includes(name) ?? true))
}

async function firstRun(database: HubDatabase, request: RunRequest): Promise<RunRecord> {
  const first = await knownRun(database, request)
  if (first) return first
  throw new Error(`Neither this run nor another one with the key ${request.idempotencyKey} is kept`)
}

async function knownRun(
  database: HubDatabase,
  { recipe, only, idempotencyKey }: RunRequest,
): Promise<RunRecord | undefined> {
  const known = await runWithKey(database, idempotencyKey)
  if (!known) return undefined
  const isSameRecipe = known.recipeDigest === digestOfJson(recipe)
  if (isSameRecipe && canonicalJson(known.only) === canonicalJson(only ?? null)) return known
  const other = isSameRecipe ? 'other members' : 'another recipe'
  throw new Refusal('state-conflict', `This idempotency key was used for ${other}`, {
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
  database: HubDatabase,
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
  { blobs }: Pick<RunContext, 'blobs'>,
  recipe: Recipe,
  version: NewRun['version'],
): Promise<Manifest> {
  const chunks: Chunk[] = []
  for await (const { chunk, bytes } of initialChunks(recipe)) {
    await blobs.put(version, chunk, bytes)
    chunks.push(chunk)
  }
  return { bytes: trainedParts(recipe).layout.bytes, chunks }
}

async function keepRun(
  context: Pick<RunContext, 'key' | 'database' | 'now'>,
  { run, due }: { run: Omit<NewRun, 'created'>; due: RunRequest['due'] },
  weights: Manifest,
): Promise<boolean> {
  const { id, version, recipe, only } = run
  return await context.database.transaction().execute(async transaction => {
    const created = await timeAfterNewest(transaction, 'run', context.now())
    if (!(await insertRun(transaction, { ...run, created }))) return false
    await insertVersion(transaction, { id: version, run: id, round: 0, name: recipe.name, created, weights })
    const { recipeDigest, rosterDigest: roster, agreementDigest: agreement } = run
    const body = { run: id, recipe: recipeDigest, roster, agreement, only }
    await appendEvent(context, transaction, { kind: 'run-created', body })
    if (due) await appendEvent(context, transaction, { kind: 'retraining-due', body: { run: id, ...due } })
    return true
  })
}
