import { setImmediate } from 'node:timers/promises'
import type { CaseFile, Decision } from './case-file.ts'
import { stateColumns, stateOf } from './keep-case.ts'
import { answerOfRow } from './plain-answers.ts'
import type { ReviewReader } from './tables.ts'

/** One life of a promise of an agent's version. */
export interface GuaranteePlace {
  readonly agent: string
  readonly version: string
  readonly guarantee: number
}

/** What was decided about a case and with which chances, and whether anybody has looked at it since. */
export interface DecidedCase extends Pick<CaseFile, 'id' | 'asked' | 'state'> {
  readonly decision: Pick<
    Decision,
    'action' | 'class' | 'confidence' | 'threshold' | 'propensities' | 'audit'
  >
}

const linesAtOnce = 1000

/**
 * All that one guarantee of an agent's version has decided, in the order in which it was asked: deferred cases, audited answers and
 * those that nobody looks at. Reads every line of it, and lets others work in between: for reports, not for requests that
 * callers wait for.
 */
export async function decidedCases(database: ReviewReader, place: GuaranteePlace): Promise<DecidedCase[]> {
  const cases = await keptFiles(database, place)
  for (let after = ''; ; ) {
    const rows = await plainAnswersOf(database, place)
      .select(['id', 'text'])
      .where('id', '>', after)
      .orderBy('id')
      .limit(linesAtOnce)
      .execute()
    for (const row of rows) {
      const { id, asked, decision } = answerOfRow(row)
      const partly = { ...chancesOf(decision), action: 'answer' } as const
      cases.push({ id, asked, state: { kind: 'answered' }, decision: partly })
    }
    if (rows.length < linesAtOnce) break
    after = rows.at(-1)!.id
    await setImmediate()
  }
  return cases.sort((a, b) => (a.id < b.id ? -1 : 1))
}

/** Found by their text: a column for what they are rarely looked for by would be too much for so many lines. */
export function plainAnswersOf(database: ReviewReader, { agent, version, guarantee }: GuaranteePlace) {
  return database
    .selectFrom('plain_answer')
    .where('agent', '=', agent)
    .where('text', 'like', `%"version":"${version}"%`)
    .where('text', 'like', `%"guarantee":${guarantee},%`)
}

async function keptFiles(
  database: ReviewReader,
  { agent, version, guarantee }: GuaranteePlace,
): Promise<DecidedCase[]> {
  const rows = await database
    .selectFrom('asked_case')
    .select(['id', 'asked', 'decision', ...stateColumns])
    .where('agent', '=', agent)
    .where('version', '=', version)
    .execute()
  return rows.flatMap(row => {
    const decision = JSON.parse(row.decision) as Decision
    if (decision.guarantee !== guarantee) return []
    const { action } = decision
    const id = row.id as CaseFile['id']
    return [{ id, asked: row.asked, state: stateOf(row), decision: { ...chancesOf(decision), action } }]
  })
}

function chancesOf(
  decision: Omit<DecidedCase['decision'], 'action'>,
): Omit<DecidedCase['decision'], 'action'> {
  const { class: said, confidence, threshold, propensities, audit } = decision
  return { class: said, confidence, threshold, propensities, audit }
}
