import type { AgentView, Id } from '@consort/protocol'
import type { Decision, RivalSaying } from '@consort/review'
import type { Predictor } from '@consort/serving'
import type { AgentContext } from './context.ts'
import { type DecidingAgent, decide } from './decide.ts'
import { uniformOf } from './draw.ts'

/** A decision and the version that made it. */
export interface Decided {
  readonly version: Id<'version'>
  readonly decision: Decision
}

/**
 * Decides about records, by the version that the agent serves or, for the share that is tried out, by its challenger. While
 * there is a challenger both versions judge every record, so that each label that comes later compares them.
 */
export async function decideTogether(
  context: Pick<AgentContext, 'predictors' | 'entropy'>,
  agent: AgentView,
  inputs: readonly Float32Array[],
): Promise<Decided[]> {
  const uniform = uniformOf(context.entropy)
  const { challenger } = agent
  if (challenger?.state !== 'running') {
    const decisions = await context.predictors.use(agent.version, predictor =>
      judge(predictor, inputs).then(judged => decide(agent, predictor, { ...judged, uniform })),
    )
    return decisions.map(decision => ({ version: agent.version, decision }))
  }
  return await context.predictors.use(agent.version, champion =>
    context.predictors.use(challenger.version, async predictor => {
      const [first, second] = await Promise.all([judge(champion, inputs), judge(predictor, inputs)])
      const sides = {
        champion: await decide(agent, champion, {
          ...first,
          uniform,
          rivals: sayings(predictor, challenger.version, second.logits),
        }),
        challenger: await decide(challengerOf(agent, challenger), predictor, {
          ...second,
          uniform,
          rivals: sayings(champion, agent.version, first.logits),
        }),
      }
      return inputs.map((_, index) =>
        uniform() < challenger.share
          ? { version: challenger.version, decision: sides.challenger[index]! }
          : { version: agent.version, decision: sides.champion[index]! },
      )
    }),
  )
}

type Challenger = NonNullable<AgentView['challenger']>

/** A challenger has a calibration of its own, and the costs of the agent. */
function challengerOf(agent: AgentView, { gate, temperature, since }: Challenger): DecidingAgent {
  return { costs: agent.costs, beta: agent.beta, gate, temperature, since }
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
