import type { AgentContext } from './context.ts'
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
