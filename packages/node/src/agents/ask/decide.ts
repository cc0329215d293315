import {
  type AnswerGate,
  applyCalibrator,
  betaFor,
  type CalibratedVersion,
  type Calibrator,
  chooseAction,
  conformalSet,
  drawSpotCheck,
  explain,
  gateOfGuarantee,
  type Logits,
  type SpotCheck,
  spotCheckOfDeferred,
  topsOf,
} from '@consort/agents'
import { partsOf } from '@consort/data'
import { type AgentView, type CaseRecord, type Importance, Refusal } from '@consort/protocol'
import type { Decision, RivalSaying } from '@consort/review'
import type { Predictor } from '@consort/serving'

/** What an agent goes by: its costs and rules, and the evidence of the version that decides. */
export interface DecidingAgent {
  readonly rules: Pick<AgentView, 'costs' | 'beta' | 'exploration' | 'audit'>
  readonly calibrated: CalibratedVersion
}

/** Some records, and what the model says of them. */
export interface DecisionInputs {
  /** As the pipeline of training encodes them: `rows` records, one after the other. */
  readonly inputs: Float32Array
  readonly rows: number
  /** One of them as a person would see it. */
  readonly recordAt: (row: number) => CaseRecord | Promise<CaseRecord>
  /** What the predictor says of them. */
  readonly logits: Float32Array
  /** Numbers in [0, 1), two drawn for each record: for the action, and for the spot check. */
  readonly uniform: () => number
  /** What another version says of each record, while two of them are compared. */
  readonly rivals?: readonly RivalSaying[] | undefined
}

/**
 * Decides about some records: calibrated probabilities, an action that its gate allows, whether a person looks at it
 * afterwards, and for a person who will be asked the fields that mattered. Throws `value-invalid` where the model gives
 * no finite score.
 */
export async function decide(
  agent: DecidingAgent,
  predictor: Predictor,
  { inputs, rows, recordAt, logits, uniform, rivals }: DecisionInputs,
): Promise<Decision[]> {
  const classes = predictor.classes.length
  const size = inputs.length / rows
  const probabilities = calibratedProbabilities(agent.calibrated, { logits, classes })
  const decisions: Decision[] = []
  for (let row = 0; row < rows; row++) {
    const own = probabilities.subarray(row * classes, (row + 1) * classes)
    const input = inputs.subarray(row * size, (row + 1) * size)
    const rival = rivals?.[row] ?? null
    const record = () => recordAt(row)
    const draws = { action: uniform(), audit: uniform() }
    decisions.push(await decideOne(agent, predictor, { probabilities: own, input, record, draws, rival }))
  }
  return decisions
}

/**
 * Works out the probabilities of every record, by rows. Throws `value-invalid` where the model gives no finite score.
 */
export function calibratedProbabilities({ calibration }: CalibratedVersion, scores: Logits): Float64Array {
  for (let index = 0; index < scores.logits.length; index++) {
    if (Number.isFinite(scores.logits[index])) continue
    throw new Refusal('value-invalid', 'The model gives no finite score for this record', {
      hint: 'Is a number in another unit, or far outside of what the model has seen?',
      path: 'record',
    })
  }
  return applyCalibrator(scores, calibration.calibrator)
}

interface Row {
  readonly probabilities: Float64Array
  readonly input: Float32Array
  readonly record: () => CaseRecord | Promise<CaseRecord>
  readonly draws: { readonly action: number; readonly audit: number }
  readonly rival: RivalSaying | null
}

async function decideOne(
  { rules, calibrated }: DecidingAgent,
  predictor: Predictor,
  { probabilities, input, record, draws, rival }: Row,
): Promise<Decision> {
  const { index, confidence } = topsOf(probabilities, probabilities.length)[0]!
  const likeliest = predictor.classes[index]!
  const gate = gateOfGuarantee(calibrated.guarantee)
  const { action, reason, propensities } = chooseAction(confidence, {
    gate,
    costs: rules.costs,
    beta: betaFor(rules, calibrated.stage, likeliest),
    uniform: draws.action,
  })
  const audit = spotCheckOf(action, confidence, { rule: rules.audit, gate, uniform: draws.audit })
  const isSeen = action === 'defer' || audit.isAudited
  const { calibrator, conformal } = calibrated.calibration
  return {
    action,
    reason,
    class: likeliest,
    confidence,
    probabilities: [...probabilities],
    threshold: gate.kind === 'open' ? gate.threshold : null,
    calibrated: calibrated.calibrated,
    guarantee: calibrated.number,
    rival,
    propensities,
    audit,
    because: isSeen ? await mostImportant(predictor, { input, record }, calibrator) : [],
    among:
      isSeen && conformal ? conformalSet(conformal, probabilities, 0).map(k => predictor.classes[k]!) : [],
  }
}

function spotCheckOf(
  action: Decision['action'],
  confidence: number,
  {
    rule: { shareMin, shareAtThreshold = shareMin },
    gate,
    uniform,
  }: { rule: AgentView['audit']; gate: AnswerGate; uniform: number },
): SpotCheck {
  const rule = { shareMin, shareAtThreshold }
  if (action === 'defer' || gate.kind === 'closed') return spotCheckOfDeferred(rule, gate)
  return drawSpotCheck(confidence, { rule, threshold: gate.threshold, uniform })
}

const shown = 3
/** Numbers in all variants of a record together: wider tables and longer texts are not explained. */
const numbersMax = 4_000_000

/**
 * The fields or words whose absence would change the calibrated log-odds most; none for records without such parts, or
 * where scores are not finite.
 */
async function mostImportant(
  { recipe, score, classes }: Predictor,
  { input, record }: Pick<Row, 'input' | 'record'>,
  calibrator: Calibrator,
): Promise<Importance[]> {
  const parts = await partsOf(recipe.input, record)
  if (!parts) return []
  const { baseline, features } = parts
  if ((features.length + 1) * input.length > numbersMax) return []
  const logProbabilities = async (batch: Float32Array, rows: number) => {
    const logits = await score(batch, rows)
    const probabilities = applyCalibrator({ logits, classes: classes.length }, calibrator)
    return Float32Array.from(probabilities, probability => Math.log(Math.max(probability, 1e-30)))
  }
  const explanation = await explain(input, { baseline, features, score: logProbabilities }).catch(error => {
    if (error instanceof Refusal) return { features: [] }
    throw error
  })
  return explanation.features.slice(0, shown).map(({ name, change }) => ({ field: name, change }))
}
