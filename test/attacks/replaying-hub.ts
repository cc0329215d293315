import { type Caller, hubEndpoints, type Manifest } from '@consort/protocol'

/** What a hub that gives one training task again and again gets for it. */
export interface Replays {
  /** Stands between a node and its hub. */
  readonly wrapCaller: (call: Caller) => Caller
  /** The digests of the chunks of every update, the rightful one first. */
  readonly updates: string[]
  /** Why the node did not do it once more. */
  readonly failures: string[]
  /** Resolves when it has been given, and answered, so many times; rejects if it is not done even once. */
  readonly done: Promise<void>
}

/** Passes everything on until the node has done a training task, then gives it that task `times` times more. */
export function replayTask(times: number): Replays {
  const [updates, failures]: [string[], string[]] = [[], []]
  const weights = new Map<string, unknown>()
  let recorded: unknown
  let given = 0
  const { promise: done, resolve, reject } = Promise.withResolvers<void>()

  const answered = (): void => {
    if (updates.length + failures.length > times) resolve()
  }
  const replayed = (endpoint: unknown, body: unknown, params: { digest?: string }): unknown => {
    if (endpoint === hubEndpoints.getWeights) return weights.get(params.digest!)
    if (endpoint === hubEndpoints.offerUpdate)
      return { missing: (body as Manifest).chunks.map(({ digest }) => digest) }
    if (endpoint === hubEndpoints.reportProgress) return { wanted: true }
    if (endpoint === hubEndpoints.failTask) failures.push((body as { code: string }).code)
    if (endpoint === hubEndpoints.finishTraining) updates.push((body as { update: string }).update)
    if (endpoint === hubEndpoints.failTask || endpoint === hubEndpoints.finishTraining) answered()
    return undefined
  }
  const wrapCaller = (call: Caller): Caller =>
    (async (endpoint, input, options) => {
      const which = endpoint as unknown
      const { body, params = {} } = (input ?? {}) as { body?: unknown; params?: Record<string, string> }
      if (which === hubEndpoints.nextTask && updates.length > 0 && given < times) {
        given += 1
        return recorded
      }
      const isAboutReplay = given > 0 && params.task === taskOf(recorded)
      if (isAboutReplay) return replayed(which, body, params)
      const answer: unknown = await call(endpoint, input as never, options)
      if (which === hubEndpoints.nextTask && recorded === undefined && taskOf(answer)) recorded = answer
      if (which === hubEndpoints.getWeights) weights.set(params.digest!, answer)
      if (which === hubEndpoints.finishTraining) updates.push((body as { update: string }).update)
      if (which === hubEndpoints.failTask) {
        reject(new Error(`the task itself was refused: ${(body as { code: string }).code}`))
      }
      return answer
    }) as Caller
  return { wrapCaller, updates, failures, done }
}

/** The id of a training task in the answer to a question for work. */
function taskOf(answer: unknown): string | undefined {
  const document = (answer as { task?: { document: { id: string; work: string } } } | undefined)?.task
    ?.document
  return document?.work === 'train' ? document.id : undefined
}
