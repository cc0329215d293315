import { topsOf } from '@consort/agents'
import { encodeCase } from '@consort/data'
import type { AnswerAlone } from '../../consultation/answer-question.ts'
import type { ServingAgents } from '../registry/serving-agents.ts'
import type { Predictors } from '../versions/predictors.ts'
import { calibratedProbabilities } from './decide.ts'

/** What answering other partners needs. */
export interface AloneContext {
  readonly agents: Pick<ServingAgents, 'of'>
  readonly predictors: Pick<Predictors, 'use'>
}

/**
 * Makes what says the likeliest class of records that other partners send, whatever the gates of this node's agents.
 */
export function answerAlone(context: AloneContext): AnswerAlone {
  return async (agent, record) => {
    const { view, calibrated, recipe } = await context.agents.of(agent)
    const input = await encodeCase(record, recipe)
    const { version } = view
    return await context.predictors.use(version, async predictor => {
      const logits = await predictor.score(input, 1)
      const classes = predictor.classes.length
      const probabilities = calibratedProbabilities(calibrated, { logits, classes })
      const { index, confidence } = topsOf(probabilities, classes)[0]!
      return { class: predictor.classes[index]!, confidence, version }
    })
  }
}
