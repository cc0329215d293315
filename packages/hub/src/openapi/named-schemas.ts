import {
  hubEndpoints,
  innerPictureLayerSchema,
  innerTableLayerSchema,
  recipeSchema,
  signedRosterSchema,
  signedTaskSchema,
} from '@consort/protocol'
import { z } from 'zod'

/** Schemas that stand in several operations, and what they are called in the OpenAPI file. */
export const namedSchemas = z.registry<{ id: string }>()

namedSchemas.add(recipeSchema, { id: 'Recipe' })
namedSchemas.add(innerPictureLayerSchema, { id: 'InnerPictureLayer' })
namedSchemas.add(innerTableLayerSchema, { id: 'InnerTableLayer' })
namedSchemas.add(signedRosterSchema, { id: 'SignedRoster' })
namedSchemas.add(signedTaskSchema, { id: 'SignedTask' })
namedSchemas.add(hubEndpoints.getRoster.result, { id: 'RosterView' })
namedSchemas.add(hubEndpoints.createRun.result, { id: 'RunSummary' })
namedSchemas.add(hubEndpoints.getRun.result, { id: 'RunView' })
namedSchemas.add(hubEndpoints.getModel.result, { id: 'ModelCard' })
namedSchemas.add(hubEndpoints.offerUpdate.body, { id: 'Manifest' })
namedSchemas.add(hubEndpoints.finishEvaluation.body, { id: 'Metrics' })
