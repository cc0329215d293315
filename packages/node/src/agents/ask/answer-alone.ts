import { topsOf } from '@consort/agents'
import { encodeCase } from '@consort/serving'
import type { AnswerAlone } from '../../consultation/answer-question.ts'
import type { AgentContext } from '../context.ts'
import { calibratedProbabilities } from './decide.ts'

/** What this node's agents say of records that other partners send: the likeliest class, whatever their gates. */
export function answerAlone(context: Pick<AgentContext, 'agents' | 'predictors'>): AnswerAlone {
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
