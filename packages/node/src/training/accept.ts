import { checkCoverage, checkGoesOn } from '@consort/agreements'
import {
  type Chunk,
  digestOfJson,
  digestOfManifest,
  documentSignatureHolds,
  isRefusal,
  parseRecipe,
  type Recipe,
  Refusal,
  type SignedTask,
  type Task,
} from '@consort/protocol'
import { initialChunks, trainedParts } from '@consort/train'
import type { AcceptedTask } from '../hub/accepted-task.ts'
import { agreementFor, latestAgreement } from '../hub/agreements.ts'
import { rosterFor } from '../hub/rosters.ts'
import { checkPolicy } from '../policy/policy.ts'
import type { TrainingContext } from './context.ts'

/**
 * The site rules: a task is done only when the pinned hub signed it, for this member, under a roster that this node has
 * checked and an agreement that covers it, with the very recipe that it names, for a model of the shape that the recipe
 * builds, and within the policy of this site. Throws the refusal of the first that does not hold.
 */
export async function acceptTask(
  context: TrainingContext,
  signed: SignedTask,
  sent: unknown,
): Promise<AcceptedTask> {
  const { enrolment } = context
  const task = signed.document
  const byHub = signed.signatures.find(signature => signature.key === enrolment.hubKey)
  if (!byHub || !documentSignatureHolds(task, byHub)) {
    throw new Refusal('signature-invalid', 'The task is not signed by the hub that this node enrolled with')
  }
  if (task.member !== enrolment.member)
    throw new Refusal('signature-invalid', 'The task is meant for another member')
  const recipe = recipeOf(sent)
  if (digestOfJson(recipe) !== task.recipe) {
    throw new Refusal('recipe-invalid', 'The recipe that came with the task is not the one that it names')
  }
  if (task.rounds !== recipe.federation.rounds || task.round > task.rounds) {
    throw new Refusal('recipe-invalid', 'The task counts other rounds than its recipe')
  }
  const roster = await rosterFor(context, task.roster)
  if (!roster.document.members.some(member => member.id === enrolment.member)) {
    throw new Refusal('roster-altered', 'The roster of the task does not list this node')
  }
  const agreement = await agreementFor(context, task)
  if (agreement) checkCoverage(agreement, { recipe, digest: task.recipe })
  const latest = await latestAgreement(context)
  if (latest) checkGoesOn(latest, { under: agreement, recipe, digest: task.recipe })
  const policy = context.policy.read()
  checkPolicy(policy, { recipe, digest: task.recipe, work: task.work })
  const parts = trainedParts(recipe)
  if (parts.layout.bytes !== task.weights.bytes) {
    throw new Refusal(
      'weights-invalid',
      'The weights of the task are not those of the model that its recipe builds',
    )
  }
  if (task.round === 1 && task.work === 'train') await checkFirstWeights(recipe, task)
  return { task, recipe, policy, agreements: [agreement, latest].filter(terms => terms !== null) }
}

/** The hub has checked it before it asked: what this node cannot read is most likely newer than the node. */
function recipeOf(sent: unknown): Recipe {
  try {
    return parseRecipe(sent)
  } catch (cause) {
    if (!isRefusal(cause, 'recipe-invalid')) throw cause
    throw new Refusal('recipe-invalid', `This node cannot read the recipe of the task: ${cause.message}`, {
      hint: 'The hub may run a newer version of Consort: upgrade this node.',
      cause,
    })
  }
}

/**
 * A run begins with the weights that its seed makes, which the node makes for itself: a hub that could choose them
 * would craft a model whose updates spell out records (Boenisch et al. 2023, "When the curious abandon honesty").
 */
async function checkFirstWeights(recipe: Recipe, { weights }: Task): Promise<void> {
  const chunks: Chunk[] = []
  for await (const { chunk } of initialChunks(recipe)) chunks.push(chunk)
  if (digestOfManifest({ bytes: weights.bytes, chunks }) === digestOfManifest(weights)) return
  throw new Refusal(
    'weights-invalid',
    'The run does not begin with the weights that the seed of its recipe makes',
  )
}
