import { applyTemperature, chooseAction, explain } from '@consort/agents'
import { type AgentView, type CaseRecord, type Importance, Refusal } from '@consort/protocol'
import type { Decision } from '@consort/review'
import { encodeCase, occlusionInput, type Predictor } from '@consort/serving'
import { likeliest } from './calibrate.ts'

/**
 * What an agent makes of one record: a calibrated probability, an action that its gate allows, and for a person who will be
 * asked the fields that mattered. Throws `value-invalid` with the path of what cannot be used.
 */
export async function decide(
  agent: AgentView,
  predictor: Predictor,
  { record, uniform }: { record: CaseRecord; uniform: number },
): Promise<Decision> {
  const { classes, recipe } = predictor
  const input = await encodeCase(record, recipe)
  const logits = await predictor.score(input, 1)
  if (!logits.every(Number.isFinite)) {
    throw new Refusal('value-invalid', 'The model gives no finite score for this record', {
      hint: 'Is a number in another unit, or far outside of what the model has seen?',
      path: 'record',
    })
  }
  const probabilities = applyTemperature({ logits, classes: classes.length }, agent.temperature)
  const { index, confidence } = likeliest(probabilities)
  const { gate, costs } = agent
  const beta = agent.beta ?? Number.POSITIVE_INFINITY
  const { action, reason, propensities } = chooseAction(confidence, { gate, costs, beta, uniform })
  return {
    action,
    reason,
    class: classes[index]!,
    confidence,
    probabilities: [...probabilities],
    threshold: gate.kind === 'open' ? gate.threshold : null,
    propensities,
    because: action === 'defer' ? await mostImportant(predictor, input, agent.temperature) : [],
  }
}

const shown = 3
/** Numbers in all variants of a record together: wider tables are not explained. */
const numbersMax = 4_000_000

/** The fields whose absence would change the calibrated log-odds most; none for images, or where scores are not finite. */
async function mostImportant(
  { recipe, score }: Predictor,
  input: Float32Array,
  temperature: number,
): Promise<Importance[]> {
  if (recipe.input.kind !== 'table') return []
  const { baseline, features } = occlusionInput(recipe.input)
  if ((features.length + 1) * input.length > numbersMax) return []
  const calibrated = async (batch: Float32Array, rows: number) =>
    (await score(batch, rows)).map(logit => logit / temperature)
  const explanation = await explain(input, { baseline, features, score: calibrated }).catch(error => {
    if (error instanceof Refusal) return { features: [] }
    throw error
  })
  return explanation.features.slice(0, shown).map(({ name, change }) => ({ field: name, change }))
}
