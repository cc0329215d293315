import type { Id } from '@consort/protocol'
import type { ServedModel, ServedModels } from '@consort/serving'
import type { KnownCaller } from '../../caller.ts'
import type { AgentReader } from '../../tables/agent-tables.ts'
import { nodeVersion } from '../../version.ts'
import { readAgents } from '../registry/agent-store.ts'
import type { MayAnswer } from '../registry/may-answer.ts'
import { checkMayAsk, mayAsk } from '../registry/may-ask.ts'
import type { ServingAgent, ServingAgents } from '../registry/serving-agents.ts'
import type { Predictors } from '../versions/predictors.ts'
import type { AskQuestions } from './ask-questions.ts'
import type { Charging } from './charge-asker.ts'

/** What the faces of other protocols need of the agents. */
export interface ServedContext {
  readonly database: AgentReader
  readonly agents: Pick<ServingAgents, 'of'>
  readonly mayAnswer: Pick<MayAnswer, 'check'>
  readonly charging: Pick<Charging, 'asQueries'>
  readonly predictors: Pick<Predictors, 'use'>
  readonly ask: AskQuestions
}

/**
 * Shows the node's agents as one caller sees them through faces of other protocols: under the same rules as natively.
 */
export function servedModels(context: ServedContext, caller: KnownCaller): ServedModels {
  const find = async (name: string): Promise<ServingAgent> => {
    checkMayAsk(caller, name)
    return await context.agents.of(name)
  }
  return {
    version: nodeVersion,
    async models() {
      const names = (await readAgents(context.database))
        .map(({ agent }) => agent)
        .filter(name => mayAsk(caller, name))
      return await Promise.all(names.map(async name => modelOf(await context.agents.of(name))))
    },
    model: async name => modelOf(await find(name)),
    async ask(name, rows) {
      const questions = rows.map(({ input, record }) => ({ input, record, asking: null, webhook: null }))
      const outcomes = await context.ask(await find(name), { caller, questions })
      return outcomes.map(({ asked, decision }) => ({
        caseId: asked.kind === 'case' ? asked.file.id : asked.answer.id,
        state: decision.action === 'answer' ? 'answered' : 'deferred',
        class: decision.class,
        probabilities: decision.probabilities,
      }))
    },
    async embed(name, inputs) {
      const { view } = await find(name)
      await context.mayAnswer.check()
      return await embedFor(context, { caller, version: view.version, inputs })
    },
  }
}

function modelOf({ view, recipe }: ServingAgent): ServedModel {
  return { name: view.agent, version: view.version, recipe, since: view.since }
}

/**
 * A vector tells more of a model than a class: each counts as a query of the caller's key, though nobody owes for it.
 */
async function embedFor(
  context: ServedContext,
  {
    caller,
    version,
    inputs,
  }: { caller: KnownCaller; version: Id<'version'>; inputs: readonly Float32Array[] },
): Promise<Float32Array[]> {
  return await context.charging.asQueries({ caller, queries: inputs.length }, () =>
    context.predictors.use(version, predictor => Promise.all(inputs.map(input => predictor.embed(input, 1)))),
  )
}
