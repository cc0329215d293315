import { applyTemperature, chooseAction, explain } from '@consort/agents'
import { type AgentView, type Importance, Refusal } from '@consort/protocol'
import type { Decision, RivalSaying } from '@consort/review'
import { occlusionInput, type Predictor } from '@consort/serving'
import { likeliest } from './calibrate.ts'

/** What an agent goes by: its gate, its costs and how its logits are calibrated. */
export type DecidingAgent = Pick<AgentView, 'gate' | 'costs' | 'beta' | 'temperature' | 'since'>

export interface DecisionInputs {
  /** As the pipeline of training encodes them: `rows` records, one after the other. */
  readonly inputs: Float32Array
  readonly rows: number
  /** What the predictor says of them. */
  readonly logits: Float32Array
  /** Numbers in [0, 1), one drawn for each record. */
  readonly uniform: () => number
  /** What another version says of each record, while two of them are compared. */
  readonly rivals?: readonly RivalSaying[] | undefined
}

/**
 * What an agent makes of some records: calibrated probabilities, an action that its gate allows, and for a person who will
 * be asked the fields that mattered. Throws `value-invalid` where the model gives no finite score.
 */
export async function decide(
  agent: DecidingAgent,
  predictor: Predictor,
  { inputs, rows, logits, uniform, rivals }: DecisionInputs,
): Promise<Decision[]> {
  const classes = predictor.classes.length
  const size = inputs.length / rows
  if (!logits.every(Number.isFinite)) {
    throw new Refusal('value-invalid', 'The model gives no finite score for this record', {
      hint: 'Is a number in another unit, or far outside of what the model has seen?',
      path: 'record',
    })
  }
  const probabilities = applyTemperature({ logits, classes }, agent.temperature)
  const decisions: Decision[] = []
  for (let row = 0; row < rows; row++) {
    const own = probabilities.subarray(row * classes, (row + 1) * classes)
    const input = inputs.subarray(row * size, (row + 1) * size)
    const rival = rivals?.[row] ?? null
    decisions.push(
      await decideOne(agent, predictor, { probabilities: own, input, uniform: uniform(), rival }),
    )
  }
  return decisions
}

async function decideOne(
  agent: DecidingAgent,
  predictor: Predictor,
  row: {
    readonly probabilities: Float64Array
    readonly input: Float32Array
    readonly uniform: number
    readonly rival: RivalSaying | null
  },
): Promise<Decision> {
  const { gate, costs, temperature } = agent
  const { index, confidence } = likeliest(row.probabilities)
  const beta = agent.beta ?? Number.POSITIVE_INFINITY
  const { action, reason, propensities } = chooseAction(confidence, {
    gate,
    costs,
    beta,
    uniform: row.uniform,
  })
  return {
    action,
    reason,
    class: predictor.classes[index]!,
    confidence,
    probabilities: [...row.probabilities],
    threshold: gate.kind === 'open' ? gate.threshold : null,
    calibrated: agent.since,
    rival: row.rival,
    propensities,
    because: action === 'defer' ? await mostImportant(predictor, row.input, temperature) : [],
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
