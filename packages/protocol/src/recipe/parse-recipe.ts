import { Refusal } from '@consort/basics'
import type { z } from 'zod'
import { type Recipe, recipeSchema } from './recipe.ts'

/** Checks a recipe and fills in its defaults. Throws `recipe-invalid` with the path of one fault. */
export function parseRecipe(value: unknown): Recipe {
  const result = recipeSchema.safeParse(value, { reportInput: true })
  if (result.success) return result.data
  const { issues } = result.error
  // a misspelt field explains a missing one
  const issue = issues.find(({ code }) => code === 'unrecognized_keys') ?? issues[0]!
  const path = pathOf(issue)
  const more = issues.length === 1 ? '' : ` (and ${issues.length - 1} more)`
  throw new Refusal('recipe-invalid', `${path}: ${sayingOf(issue)}${more}`, { path, hint: hintOf(issue) })
}

/** `model.layers[2].kernel` */
export function pathOf(issue: { path: PropertyKey[] }): string {
  const text = issue.path.map(step => (typeof step === 'number' ? `[${step}]` : `.${String(step)}`)).join('')
  return text === '' ? 'the document' : text.replace(/^\./, '')
}

/** What is wrong, with what was read: a recipe holds no record. */
function sayingOf(issue: z.core.$ZodIssue): string {
  switch (issue.code) {
    case 'invalid_type':
      return `${readingOf(issue.input)}; expected ${issue.expected}`
    case 'invalid_value':
      return `${readingOf(issue.input)}; expected ${oneOf(issue.values)}`
    case 'invalid_union': {
      if (!('options' in issue) || issue.discriminator === undefined) return issue.message
      const read = (issue.input as Record<string, unknown> | undefined)?.[issue.discriminator]
      return `${readingOf(read)}; expected ${oneOf(issue.options ?? [])}`
    }
    default:
      return issue.message
  }
}

function oneOf(values: readonly unknown[]): string {
  return values.length > 1 ? `one of ${values.join(', ')}` : String(values[0])
}

function readingOf(input: unknown): string {
  if (input === undefined) return 'is missing'
  if (typeof input === 'string') return `is "${input.slice(0, 60)}"`
  if (typeof input !== 'object' || input === null) return `is ${String(input).slice(0, 60)}`
  return Array.isArray(input) ? 'is a list' : 'is an object'
}

function hintOf(issue: z.core.$ZodIssue): string {
  if (issue.code === 'unrecognized_keys')
    return `Remove or rename: ${issue.keys.join(', ')}. The schema lists every field.`
  if (issue.code === 'invalid_union') return 'Look at `kind`: it decides which other fields belong here.'
  if (issue.code === 'invalid_type' && issue.expected === 'object' && typeof issue.input === 'string')
    return 'Write it as an object with its fields, e.g. `strategy: { kind: fedprox, mu: 0.1 }`.'
  if (
    issue.code === 'invalid_type' &&
    typeof issue.input === 'string' &&
    Number.isFinite(Number(issue.input))
  )
    return 'Take the quotation marks away: it is read as text.'
  return '`consort recipe show mnist-cnn` prints a complete recipe to start from.'
}
