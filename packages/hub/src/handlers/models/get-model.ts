import { Refusal } from '@consort/protocol'
import type { BlobStore } from '@consort/storage'
import { privacyStatementsOf } from '../../budgets/privacy-statement-store.ts'
import type { HubHandler } from '../../callers.ts'
import { memberNames } from '../../members/member-store.ts'
import { evaluationsOf, lineageOf } from '../../runs/lineage/origin-of-version.ts'
import { readRun } from '../../runs/run-store.ts'
import { hasWeights, publishedVersion, versionWeights } from '../../runs/version-store.ts'
import type { HubDatabase } from '../../tables/hub-tables.ts'

interface ModelContext {
  readonly database: HubDatabase
  readonly blobs: BlobStore
}

/** Shows the card of a model: what it was made of, how well it does, and what it may disclose. */
export function getModel({ database }: Pick<ModelContext, 'database'>): HubHandler<'getModel'> {
  return async ({ params: { version } }) => {
    const { id, name, round, created, ...origin } = await publishedVersion(database, version)
    const run = await readRun(database, origin.run)
    const names = await memberNames(database)
    const privacy = (await privacyStatementsOf(database, run.id))
      .map(({ member, card, unit, epsilon, delta, budget, exempt }) => ({
        member: names.get(member) ?? member,
        card,
        unit,
        epsilon,
        delta,
        budget,
        exempt,
      }))
      .toSorted((a, b) => (a.member < b.member ? -1 : 1))
    return {
      id,
      name,
      run: run.id,
      round,
      created,
      recipe: run.recipe,
      recipeDigest: run.recipeDigest,
      rosterDigest: run.rosterDigest,
      agreementDigest: run.agreementDigest,
      weights: await versionWeights(database, id),
      lineage: await lineageOf(database, run.id, round),
      evaluations: await evaluationsOf(database, run.id, round),
      privacy,
    }
  }
}

/** Sends one chunk of a model's weights. */
export function getModelChunk({ database, blobs }: ModelContext): HubHandler<'getModelChunk'> {
  return async ({ params: { version, digest } }) => {
    const { name } = await publishedVersion(database, version)
    if (!(await hasWeights(database, version))) {
      throw new Refusal(
        'gone',
        `The weights of ${version} were deleted: a later model of ${name} took its place`,
        {
          hint: '`consort model list` shows the current one. Nodes keep the weights of the versions that they serve.',
        },
      )
    }
    return await blobs.open(version, digest)
  }
}
