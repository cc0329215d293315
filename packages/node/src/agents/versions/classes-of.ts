import { type Id, Refusal } from '@consort/protocol'
import type { AgentReader } from '../../tables/agent-tables.ts'
import { servedCard } from './served-version-store.ts'

/** Lists what a version that is or was served here can answer. */
export async function classesOf(database: AgentReader, version: Id<'version'>): Promise<readonly string[]> {
  const { recipe } = await servedCard(database, version)
  if (recipe.task.kind !== 'classification') throw new TypeError('only classifiers are served')
  return recipe.task.classes
}

/** Makes the refusal of an answer or a label that is none of the classes, with these to choose from. */
export function unknownClass(
  message: string,
  { classes, path }: { classes: readonly string[]; path: string },
): Refusal {
  const some = classes.slice(0, 20).join(', ')
  const hint = `Choose one of: ${some}${classes.length > 20 ? ', …' : ''}.`
  return new Refusal('class-unknown', message, { hint, path })
}
