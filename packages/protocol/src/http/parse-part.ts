import { Refusal } from '@consort/basics'
import type { z } from 'zod'
import { pathOf } from '../recipe/parse-recipe.ts'

/**
 * One part of what a caller sent, as its schema makes it. `part` is `params`, `query` or `body`; `at` is where in it
 * the value stands. Throws `input-invalid` with the path of the first fault.
 */
export function parsePart<Schema extends z.ZodType>(
  schema: Schema,
  value: unknown,
  { part, at = [], hint }: { part: string; at?: readonly string[]; hint: string },
): z.output<Schema> {
  const result = schema.safeParse(value)
  if (result.success) return result.data
  const issue = result.error.issues[0]!
  const path = pathOf({ path: [...at, ...issue.path] })
  throw new Refusal('input-invalid', `${part}: ${path}: ${issue.message}`, { path, hint })
}
