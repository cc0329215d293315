import type { CalibratedVersion } from '@consort/agents'
import { type CaseRecord, type Entropy, type Id, uniformFrom } from '@consort/protocol'
import type { Decision, RivalSaying } from '@consort/review'
import type { Predictor } from '@consort/serving'
import type { KnownAgent } from '../registry/agent-store.ts'
import type { Predictors } from '../versions/predictors.ts'
import { decide } from './decide.ts'

/** A decision, and the evidence of the version that made it. */
export interface Decided {
  readonly calibrated: CalibratedVersion
  readonly decision: Decision
}

/** A record to decide about. */
export interface AskedInput {
  /** As the pipeline of training encodes it. */
  readonly input: Float32Array
  /** As a person would see it. */
  readonly record: () => CaseRecord | Promise<CaseRecord>
}

/** Decides about records. */
export type DecideTogether = (agent: KnownAgent, asked: readonly AskedInput[]) => Promise<Decided[]>

/**
 * Makes what decides about records, by the version that the agent serves or, for the share that is tried out, by its
 * challenger. While there is a challenger both versions judge every record, so that each label that comes later
 * compares them.
 */
export function createDecideTogether(context: {
  readonly predictors: Pick<Predictors, 'use'>
  readonly entropy: Entropy
}): DecideTogether {
  const uniform = uniformFrom(context.entropy)
  return async ({ view: rules, calibrated, challenger }, asked) => {
    const inputs = asked.map(({ input }) => input)
    const recordAt = (row: number) => asked[row]!.record()
    const trial = rules.challenger
    if (trial === null || challenger === null) {
      const decisions = await context.predictors.use(calibrated.version, predictor =>
        judge(predictor, inputs).then(judged =>
          decide({ rules, calibrated }, predictor, { ...judged, recordAt, uniform }),
        ),
      )
      return decisions.map(decision => ({ calibrated, decision }))
    }
    return await context.predictors.use(calibrated.version, champion =>
      context.predictors.use(challenger.version, async predictor => {
        const [first, second] = await Promise.all([judge(champion, inputs), judge(predictor, inputs)])
        const sides = {
          champion: await decide({ rules, calibrated }, champion, {
            ...first,
            recordAt,
            uniform,
            rivals: sayings(predictor, challenger.version, second.logits),
          }),
          challenger: await decide({ rules, calibrated: challenger }, predictor, {
            ...second,
            recordAt,
            uniform,
            rivals: sayings(champion, calibrated.version, first.logits),
          }),
        }
        return inputs.map((_, index) =>
          uniform() < trial.share
            ? { calibrated: challenger, decision: sides.challenger[index]! }
            : { calibrated, decision: sides.champion[index]! },
        )
      }),
    )
  }
}

async function judge(predictor: Predictor, inputs: readonly Float32Array[]) {
  const joined = inputs.length === 1 ? inputs[0]! : join(inputs)
  return { inputs: joined, rows: inputs.length, logits: await predictor.score(joined, inputs.length) }
}

function join(inputs: readonly Float32Array[]): Float32Array {
  const size = inputs[0]!.length
  const joined = new Float32Array(inputs.length * size)
  for (const [row, input] of inputs.entries()) joined.set(input, row * size)
  return joined
}

/** What a version finds likeliest for each record; the first of equal ones. */
function sayings(predictor: Predictor, version: Id<'version'>, logits: Float32Array): RivalSaying[] {
  const classes = predictor.classes.length
  return Array.from({ length: logits.length / classes }, (_, row) => {
    const own = logits.subarray(row * classes, (row + 1) * classes)
    return { version, class: predictor.classes[own.indexOf(Math.max(...own))]! }
  })
}
