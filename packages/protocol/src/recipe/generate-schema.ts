import { writeFileSync } from 'node:fs'
import { z } from 'zod'
import { innerPictureLayerSchema, innerTableLayerSchema } from './layers.ts'
import { recipeSchema } from './recipe.ts'

/** Written once, though they stand in several places. */
const named = z.registry<{ id: string }>()
named.add(innerPictureLayerSchema, { id: 'InnerPictureLayer' })
named.add(innerTableLayerSchema, { id: 'InnerTableLayer' })

/** Where the published schema lies. */
export const recipeSchemaFile = new URL('../../recipe.schema.json', import.meta.url)

/** The JSON Schema (2020-12) of a recipe as people write it: fields with defaults may be left out. */
export function recipeJsonSchema(): string {
  const schema = z.toJSONSchema(recipeSchema, { io: 'input', metadata: named })
  return `${JSON.stringify({ title: 'Consort recipe', ...schema }, null, 2)}\n`
}

if (import.meta.main) writeFileSync(recipeSchemaFile, recipeJsonSchema())
