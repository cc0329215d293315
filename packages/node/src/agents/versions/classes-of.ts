import { Refusal } from '@consort/protocol'
import type { AgentContext } from '../context.ts'
import { servedCard } from './versions.ts'

/** What a version that is or was served here can answer. */
export async function classesOf(
  context: Pick<AgentContext, 'database'>,
  version: string,
): Promise<readonly string[]> {
  const { recipe } = await servedCard(context, version)
  if (recipe.task.kind !== 'classification') throw new TypeError('only classifiers are served')
  return recipe.task.classes
}

/** For an answer or a label that is none of the classes, with these to choose from. */
export function unknownClass(
  message: string,
  { classes, path }: { classes: readonly string[]; path: string },
): Refusal {
  const some = classes.slice(0, 20).join(', ')
  const hint = `Choose one of: ${some}${classes.length > 20 ? ', …' : ''}.`
  return new Refusal('class-unknown', message, { hint, path })
}
