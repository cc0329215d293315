import { serveConsole } from '@consort/console/serve'
import {
  answerReview,
  type Endpoint,
  getReview,
  type LabelledNeighbour,
  listNearest,
  listReviews,
  Refusal,
  type Result,
  type ReviewView,
} from '@consort/protocol'
import { answerFrameworkError, serveEndpoints } from '@consort/protocol/routes'
import fastify, { type FastifyInstance } from 'fastify'

export const expertKey = 'ck_test_7q2m'

export interface WaitingCase {
  readonly record: ReviewView['record']
  readonly classes: readonly string[]
  readonly suggestion: NonNullable<ReviewView['suggestion']>
  readonly agent?: string
  readonly schema?: ReviewView['schema']
  /** Labelled records like it. */
  readonly nearest?: readonly LabelledNeighbour[]
}

/** The part of a node that experts talk to, in memory: every answer is held against the contract. */
export interface ReviewNode extends AsyncDisposable {
  readonly url: string
  /** What came in, in order: `first 7`, `final 7`. */
  readonly answers: string[]
  add(waiting: WaitingCase): string
  /** Another expert closes a case. */
  closeByAnother(id: string, name: string): void
  stop(): Promise<void>
  /** At the address it had before. */
  start(): Promise<void>
}

type Kept = ReviewView & {
  readonly hidden: NonNullable<ReviewView['suggestion']>
  readonly nearest: readonly LabelledNeighbour[]
}

/** `folder`: where the page was built. */
export async function openReviewNode(folder: string): Promise<ReviewNode> {
  const cases: Kept[] = []
  const answers: string[] = []
  let port = 0
  let app: FastifyInstance | undefined
  const start = async (): Promise<void> => {
    app = await openServer({ cases, answers, folder })
    await app.listen({ host: '127.0.0.1', port })
    port = Number(new URL(app.listeningOrigin).port)
  }
  const stop = async (): Promise<void> => {
    await app?.close()
  }
  await start()
  return {
    url: `http://127.0.0.1:${port}/`,
    answers,
    add: waiting => {
      const made = caseOf(waiting, cases.length)
      cases.push(made)
      return made.id
    },
    closeByAnother: (id, name) =>
      replace(cases, id, { state: 'answered', firstAnswer: name, finalAnswer: name }),
    stop,
    start,
    [Symbol.asyncDispose]: stop,
  }
}

function caseOf(
  { record, classes, suggestion, agent = 'triage', nearest = [], schema }: WaitingCase,
  index: number,
): Kept {
  return {
    id: `cas_${String(index).padStart(16, '0')}`,
    agent,
    dataset: 'heart',
    state: 'deferred',
    asked: new Date(Date.now() - 190_000).toISOString(),
    record,
    classes: [...classes],
    ...(schema && { schema }),
    firstAnswer: null,
    finalAnswer: null,
    suggestion: null,
    hidden: suggestion,
    nearest,
  }
}

async function openServer({
  cases,
  answers,
  folder,
}: {
  cases: Kept[]
  answers: string[]
  folder: string
}): Promise<FastifyInstance> {
  const app = fastify({ frameworkErrors: answerFrameworkError, forceCloseConnections: true })
  serveEndpoints(app, {
    group: { listReviews, getReview, listNearest, answerReview },
    handlers: {
      listReviews: () => {
        const open = cases.filter(({ state }) => state === 'deferred').map(({ id }) => id)
        return checked(listReviews, { open, answered: cases.length - open.length })
      },
      getReview: ({ params }) => checked(getReview, viewOf(find(cases, params.case))),
      listNearest: ({ params }) => {
        const { firstAnswer, nearest } = find(cases, params.case)
        if (firstAnswer === null) throw conflict('There is no first answer yet')
        return checked(listNearest, { examples: [...nearest] })
      },
      answerReview: ({ params, body }) => {
        const found = find(cases, params.case)
        if (found.state === 'answered') throw conflict('This case is closed')
        if (!found.classes.includes(body.class)) {
          throw new Refusal('class-unknown', `“${body.class}” is no class of ${found.agent}`)
        }
        if (body.stage === 'final' && found.firstAnswer === null)
          throw conflict('There is no first answer yet')
        answers.push(`${body.stage} ${body.class}`)
        const change =
          body.stage === 'first'
            ? { firstAnswer: body.class }
            : { finalAnswer: body.class, state: 'answered' as const }
        return checked(answerReview, viewOf(replace(cases, found.id, change)))
      },
    },
    admit: {
      expert: ({ headers }) => {
        if (headers.authorization !== `Bearer ${expertKey}`) {
          throw new Refusal('caller-unknown', 'Nobody here knows this key', { hint: 'Ask for a new one.' })
        }
        return { caller: 'expert', bodySha256: undefined }
      },
    },
    issueNonce: () => 'none',
    onError: error => {
      throw error
    },
  })
  await serveConsole(app, folder)
  return app
}

function checked<E extends Endpoint>(endpoint: E, answer: unknown): Result<E> {
  return endpoint.result.parse(answer) as Result<E>
}

function viewOf({ hidden, nearest: _, ...view }: Kept): ReviewView {
  return { ...view, suggestion: view.firstAnswer === null ? null : hidden }
}

function find(cases: readonly Kept[], id: string): Kept {
  const found = cases.find(one => one.id === id)
  if (found === undefined) throw new Refusal('not-found', `There is no case ${id}`)
  return found
}

function replace(cases: Kept[], id: string, change: Partial<Kept>): Kept {
  const index = cases.indexOf(find(cases, id))
  const after = { ...cases[index]!, ...change }
  cases[index] = after
  return after
}

function conflict(message: string): Refusal {
  return new Refusal('state-conflict', message, { hint: 'Take the next case.' })
}
