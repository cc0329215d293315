import { type Caller, hubEndpoints, type MemberMessage } from '@consort/protocol'

export interface AnsweredCalls {
  /** Stands between a node and the hub. */
  readonly wrapCaller: (call: Caller) => Caller
  /** Until the hub has taken so many messages of a kind in all; one that is sent again counts once. */
  taken(kind: MemberMessage['kind'], count: number): Promise<void>
}

/** Tells what nodes' messages about secure sums, of rounds and of surveys, the hub has taken. */
export function watchAnsweredCalls(): AnsweredCalls {
  const seen = new Map<string, Set<string>>()
  let told = Promise.withResolvers<void>()
  const isAboutSum = (endpoint: unknown): boolean =>
    endpoint === hubEndpoints.sendAggregationMessage || endpoint === hubEndpoints.sendSurveyMessage
  return {
    wrapCaller: call =>
      (async (endpoint, input, options) => {
        const answer = await call(endpoint, input as never, options)
        if (!isAboutSum(endpoint)) return answer
        const { kind } = (input as { body: MemberMessage }).body
        seen.set(kind, (seen.get(kind) ?? new Set()).add(JSON.stringify(input)))
        told.resolve()
        told = Promise.withResolvers()
        return answer
      }) as Caller,
    async taken(kind, count) {
      while ((seen.get(kind)?.size ?? 0) < count) await told.promise
    },
  }
}
