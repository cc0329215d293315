import type { RoundView } from '@consort/protocol'
import type { Messages } from '../language/messages.ts'
import { percent } from './run-display.ts'
import { formatTable, type Terminal } from './terminal.ts'

/**
 * Writes the rounds of a run as a table: in each round a line for each member that could train, then one for each that
 * evaluated. The second column of words says which records a line's loss and accuracy are of.
 */
export function roundsTable(
  { terminal, say }: { terminal: Terminal; say: Messages },
  history: readonly RoundView[],
): string {
  const { recordsUsed, outcome, weight, loss, accuracy } = say.rounds
  const header = [
    say.word.round,
    say.word.name,
    recordsUsed,
    'θ, P ∝ exp(−αθ)',
    outcome,
    weight,
    loss,
    accuracy,
  ]
  return formatTable(
    terminal,
    header,
    history.flatMap(round => [
      ...round.members.map(member => trainingRow(say, round, member)),
      ...round.evaluations.map(evaluation => evaluationRow(say, round, evaluation)),
    ]),
  )
}

function trainingRow(
  { rounds }: Messages,
  { round }: RoundView,
  { name, drawn, cost, outcome, failure, weight, loss }: RoundView['members'][number],
): (string | number)[] {
  return [
    round,
    name,
    rounds.training,
    cost ? `θ ${cost.theta.toFixed(2)}  P ${percent(cost.probability)}` : '',
    failure ? failureText(failure) : outcome ? rounds.outcomes[outcome] : drawn ? '' : '–',
    weight === null ? '' : percent(weight),
    loss?.toFixed(4) ?? '',
    '',
  ]
}

function evaluationRow(
  { rounds }: Messages,
  { round }: RoundView,
  { name, role, metrics, failure }: RoundView['evaluations'][number],
): (string | number)[] {
  const { accuracy, loss } = metrics?.values ?? {}
  return [
    round,
    name,
    role === 'test' ? rounds.commonTest : rounds.validation,
    '',
    failure ? failureText(failure) : '',
    '',
    loss?.toFixed(4) ?? '',
    accuracy === undefined ? '' : percent(accuracy),
  ]
}

function failureText({ code, reference }: { code: string; reference: string }): string {
  return `${code} (${reference})`
}
