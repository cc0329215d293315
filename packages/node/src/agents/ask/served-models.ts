import type { ServedModel, ServedModels } from '@consort/serving'
import type { KnownCaller } from '../../caller.ts'
import { nodeVersion } from '../../version.ts'
import type { AgentContext } from '../context.ts'
import type { ServingAgent } from '../registry/agent-book.ts'
import { readAgents } from '../registry/agent-row.ts'
import { checkMayAnswer } from '../registry/may-answer.ts'
import { checkMayAsk, mayAsk } from '../registry/may-ask.ts'
import { askQuestions } from './ask-questions.ts'
import { asQueries } from './charge-asker.ts'

/** The node's agents as one caller sees them through faces of other protocols: under the same rules as natively. */
export function servedModels(context: AgentContext, caller: KnownCaller): ServedModels {
  const find = async (name: string): Promise<ServingAgent> => {
    checkMayAsk(caller, name)
    return await context.agents.of(name)
  }
  return {
    version: nodeVersion,
    async models() {
      const names = (await readAgents(context)).map(({ agent }) => agent).filter(name => mayAsk(caller, name))
      return await Promise.all(names.map(async name => modelOf(await context.agents.of(name))))
    },
    model: async name => modelOf(await find(name)),
    async ask(name, rows) {
      const questions = rows.map(({ input, record }) => ({ input, record, asking: null, webhook: null }))
      const outcomes = await askQuestions(context, await find(name), { caller, questions })
      return outcomes.map(({ asked, decision }) => ({
        caseId: asked.kind === 'case' ? asked.file.id : asked.answer.id,
        state: decision.action === 'answer' ? 'answered' : 'deferred',
        class: decision.class,
        probabilities: decision.probabilities,
      }))
    },
    async embed(name, inputs) {
      const { view } = await find(name)
      await checkMayAnswer(context)
      return await embedFor(context, { caller, version: view.version, inputs })
    },
  }
}

function modelOf({ view, recipe }: ServingAgent): ServedModel {
  return { name: view.agent, version: view.version, recipe, since: view.since }
}

/** A vector tells more of a model than a class: each counts as a query of the caller's key, though nobody owes for it. */
async function embedFor(
  context: AgentContext,
  { caller, version, inputs }: { caller: KnownCaller; version: string; inputs: readonly Float32Array[] },
): Promise<Float32Array[]> {
  return await asQueries(context, { caller, queries: inputs.length }, () =>
    context.predictors.use(version, predictor => Promise.all(inputs.map(input => predictor.embed(input, 1)))),
  )
}
