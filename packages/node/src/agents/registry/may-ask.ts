import { Refusal } from '@consort/protocol'
import type { KnownCaller } from '../../caller.ts'

/** Returns true when this caller's key, if it has one, is good for the agent. */
export function mayAsk(caller: KnownCaller, agent: string): boolean {
  return caller.kind !== 'application' || (caller.limits.agents?.includes(agent) ?? true)
}

/** Throws `not-found`, in the words for an agent that there is not: a key need not learn what else is here. */
export function checkMayAsk(caller: KnownCaller, agent: string): void {
  if (!mayAsk(caller, agent)) throw unknownAgent(agent)
}

/** Makes the refusal of an agent that there is not. */
export function unknownAgent(agent: string): Refusal {
  return new Refusal('not-found', `There is no agent named ${agent} here`, {
    hint: 'The operator of this node puts one there with `PUT /v1/agents/NAME`.',
  })
}
