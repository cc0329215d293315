import type { hubEndpoints, Id } from '@consort/protocol'
import type { Handler } from '@consort/protocol/routes'
import type { HubCallers, HubContext } from '../../context.ts'
import { evaluationsOf, lineageOf } from '../../runs/lineage/origin-of-version.ts'
import { readRun } from '../../runs/run-record.ts'
import { statementsOf } from '../budgets/privacy-statement.ts'
import { publishedVersion } from './published-version.ts'

export function getModel(context: HubContext): Handler<typeof hubEndpoints.getModel, HubCallers> {
  return async ({ params: { version } }) => {
    const row = await publishedVersion(context, version)
    const run = await readRun(context.database, row.run)
    return {
      id: row.id as Id<'version'>,
      name: row.name,
      run: run.id,
      round: row.round,
      created: row.created,
      recipe: run.recipe,
      recipeDigest: run.recipeDigest,
      rosterDigest: run.rosterDigest,
      agreementDigest: run.agreementDigest,
      weights: JSON.parse(row.weights),
      lineage: await lineageOf(context.database, run.id, row.round),
      evaluations: await evaluationsOf(context.database, run.id, row.round),
      privacy: await statementsOf(context.database, run.id),
    }
  }
}

export function getModelChunk(context: HubContext): Handler<typeof hubEndpoints.getModelChunk, HubCallers> {
  return async ({ params: { version, digest } }) => {
    await publishedVersion(context, version)
    return await context.blobs.open(version, digest)
  }
}
