import type { z } from 'zod'
import { Refusal } from '../refusal.ts'
import { type Recipe, recipeSchema } from './recipe.ts'

/** Checks a recipe and fills in its defaults. Throws `recipe-invalid` with the path of the first fault. */
export function parseRecipe(value: unknown): Recipe {
  const result = recipeSchema.safeParse(value)
  if (result.success) return result.data
  const [issue, ...others] = result.error.issues
  const path = pathOf(issue!)
  const more = others.length === 0 ? '' : ` (and ${others.length} more)`
  throw new Refusal('recipe-invalid', `${path}: ${issue!.message}${more}`, {
    path,
    hint: hintOf(issue!),
  })
}

/** `model.layers[2].kernel` */
export function pathOf(issue: { path: PropertyKey[] }): string {
  const text = issue.path.map(step => (typeof step === 'number' ? `[${step}]` : `.${String(step)}`)).join('')
  return text === '' ? 'the document' : text.replace(/^\./, '')
}

function hintOf(issue: z.core.$ZodIssue): string {
  if (issue.code === 'unrecognized_keys')
    return `Remove or rename: ${issue.keys.join(', ')}. The schema lists every field.`
  if (issue.code === 'invalid_union') return 'Look at `kind`: it decides which other fields belong here.'
  return '`consort recipe show mnist-cnn` prints a complete recipe to start from.'
}
