import { digestSchema, idSchema, nameSchema } from '@consort/basics'
import { z } from 'zod'
import { privacyStatementSchema } from '../documents/privacy-statement.ts'
import { endpoint, octetResult } from '../http/endpoint.ts'
import { pageQuery } from '../http/list-place.ts'
import { recipeSchema } from '../recipe/recipe.ts'
import { manifestSchema } from '../tensors/manifest.ts'
import { metricsSchema } from './task.ts'

/** A version and where it comes from: what a reader must know before using it. */
export const modelCardSchema = z.object({
  id: idSchema('version'),
  name: nameSchema,
  run: idSchema('run'),
  round: z.int(),
  created: z.iso.datetime(),
  recipe: recipeSchema,
  recipeDigest: digestSchema,
  rosterDigest: digestSchema,
  agreementDigest: digestSchema.nullable(),
  weights: manifestSchema,
  /** Whose records took part in any round up to this version, with their cards. */
  lineage: z.array(z.object({ member: nameSchema, card: idSchema('card'), trainExamples: z.int() })),
  /** Per member, on records that training did not see. */
  evaluations: z.array(
    z.object({ member: nameSchema, role: z.enum(['train', 'test']), metrics: metricsSchema }),
  ),
  /**
   * What the run may have told of each member's records that have a privacy budget, as that member signed it; ε holds
   * against those who get the model. Nothing is said of members that keep no budget.
   */
  privacy: z
    .array(
      z.object({
        member: nameSchema,
        ...privacyStatementSchema.omit({ kind: true, member: true, run: true }).shape,
      }),
    )
    .default([]),
})
export type ModelCard = z.infer<typeof modelCardSchema>

const versionParams = z.strictObject({ version: idSchema('version') })

export const listModels = endpoint({
  method: 'GET',
  path: '/v1/models',
  summary: 'The versions that finished runs produced, the newest first, page by page',
  access: 'reader',
  query: z.strictObject(pageQuery('version')),
  result: z.object({
    models: z.array(
      z.object({
        id: idSchema('version'),
        name: nameSchema,
        run: idSchema('run'),
        round: z.int(),
        created: z.iso.datetime(),
        /** On the common test set, where there is one. */
        accuracy: z.number().nullable(),
        /** Whether it is the version of its name to use: newer ones that are worse on the test sets are not. */
        isPresent: z.boolean(),
      }),
    ),
    /** To be given as `before`; null after the last page. An older hub lists all. */
    next: z.string().nullable().default(null),
  }),
})

export const getModel = endpoint({
  method: 'GET',
  path: '/v1/models/:version',
  summary: 'The card of one version',
  access: 'reader',
  params: versionParams,
  result: modelCardSchema,
})

export const getModelChunk = endpoint({
  method: 'GET',
  path: '/v1/models/:version/weights/:digest',
  summary: 'One chunk of a version’s weights',
  access: 'reader',
  params: versionParams.extend({ digest: digestSchema }),
  result: octetResult,
  errors: ['not-found', 'gone'],
})
