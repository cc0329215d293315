import { randomUUID } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { hubEndpoints, type Id, Refusal, type SurveyView, waitSecondsMax } from '@consort/protocol'
import { parse } from 'yaml'
import { exitCodes } from '../exit-codes.ts'
import { percent } from '../output/run-display.ts'
import { formatTable, note, printResult } from '../output/terminal.ts'
import { type Session, withHub } from '../session.ts'

export interface SurveyStartOptions {
  readonly ask?: string
}

/** Asks the partners and waits for the sum. Ctrl-C stops the waiting, not the survey. */
export async function startSurvey(
  session: Session,
  dataset: string,
  { ask }: SurveyStartOptions,
): Promise<number> {
  const { say, terminal, signal } = session
  const body = { ...(ask !== undefined && questionsOf(ask)), dataset, idempotencyKey: randomUUID() }
  const view = await withHub(session, async call => {
    const { id } = await call(hubEndpoints.createSurvey, { body })
    note(terminal, say.surveyStarted(id))
    for (;;) {
      const asked = { params: { survey: id }, query: { wait: waitSecondsMax } }
      const now = await call(hubEndpoints.getSurvey, asked, {
        signal,
        timeoutMs: (waitSecondsMax + 10) * 1000,
      })
      if (now.state !== 'open') return now
    }
  })
  printResult(terminal, view, () => surveyText(session, view))
  return view.state === 'done' ? exitCodes.done : exitCodes.runFailed
}

/** What a file asks: `questions`, and `epsilon` and `delta` for counts of categories. The hub checks it. */
function questionsOf(path: string): object {
  let value: unknown
  try {
    value = parse(readFileSync(path, 'utf8'))
  } catch (cause) {
    throw new Refusal('input-invalid', `${path} is not a readable YAML or JSON file`, { cause })
  }
  if (typeof value === 'object' && value !== null && 'questions' in value) return value
  throw new Refusal('input-invalid', `${path} has no list of questions`, {
    hint: 'For example: questions: [{ kind: moments, field: age, min: 18, max: 110 }]',
  })
}

/** Prints the surveys of the consortium. */
export async function listSurveys(session: Session): Promise<void> {
  const { say, terminal } = session
  const { surveys } = await withHub(session, call => call(hubEndpoints.listSurveys))
  printResult(terminal, surveys, () =>
    surveys.length === 0
      ? say.nothingYet
      : formatTable(
          terminal,
          [say.word.survey, say.word.dataset, say.word.state, say.word.created, say.word.reason],
          surveys.map(({ id, dataset, state, created, reason }) => [
            id,
            dataset,
            say.surveyState[state],
            created,
            reason,
          ]),
        ),
  )
}

/** Prints the answers of one survey. */
export async function showSurvey(session: Session, survey: string): Promise<void> {
  const params = { survey: survey as Id<'survey'> }
  const view = await withHub(session, call => call(hubEndpoints.getSurvey, { params, query: {} }))
  printResult(session.terminal, view, () => surveyText(session, view))
}

function surveyText(session: Session, view: SurveyView): string {
  const { say, terminal } = session
  const who = view.members.join(say.comma) || view.reason
  const out = view.refusals.map(({ name, code, reference }) => say.surveyStaysOut(name, code, reference))
  const { word } = say
  const table = formatTable(
    terminal,
    [word.field, word.partner, word.recorded, word.answer],
    view.answers.map(answer => answerCells(session, answer)),
  )
  const head = `${view.id}  ${view.dataset}  ${say.surveyState[view.state]}${say.colon}${who}`
  return [head, ...out, ...(view.answers.length > 0 ? ['', table] : [])].join('\n')
}

function answerCells(
  { say }: Session,
  answer: SurveyView['answers'][number],
): [string, number, number | string, string] {
  const { field, partners } = answer
  switch (answer.kind) {
    case 'moments':
      return [field, partners, answer.count, `${rounded(answer.mean)} ± ${rounded(answer.deviation)}`]
    case 'histogram': {
      const quantiles = answer.quantiles.map(
        ({ share, value }) => `${percent(share)}${say.colon}${rounded(value)}`,
      )
      return [field, partners, answer.count, quantiles.join('  ')]
    }
    case 'candidates': {
      const counts = answer.released.map(({ category, count }) => `${category} ≈ ${count}`)
      return [field, partners, '', counts.join('  ')]
    }
    case 'withheld':
      return [field, partners, '', say.surveyWithheld]
  }
}

function rounded(value: number): string {
  return String(Number(value.toPrecision(6)))
}
