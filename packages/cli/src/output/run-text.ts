import type { RoundView, RunView } from '@consort/protocol'
import { failureHints } from '../language/failure-hints.ts'
import type { Language } from '../language/language.ts'
import type { Messages } from '../language/messages.ts'
import { roundsTable } from './rounds-table.ts'
import type { Terminal } from './terminal.ts'

/** How it is written. */
interface Wording {
  readonly say: Messages
  readonly language: Language
  readonly terminal: Terminal
}

/** Writes a run round by round: who took part and what came of it, and what each failure calls for. */
export function runText(view: RunView, { say, language, terminal }: Wording): string {
  const head = `${view.id}  ${view.recipe}  ${say.phase[view.phase]}${say.colon}${view.reason}`
  const together = view.exposures.map(({ members, rounds }) => say.exposed(members, rounds))
  const failures = view.history.flatMap(failuresOf).map(({ round, name, code, reference }) => {
    const hint = failureHints[code][language]
    return say.memberFailed({ round, name, code, reference, hint })
  })
  const condensed = view.isCondensed ? [say.condensed] : []
  const table = roundsTable({ terminal, say }, view.history)
  return [`${head}\n\n${table}`, ...condensed, ...together, ...failures].join('\n')
}

function failuresOf({ round, members, evaluations }: RoundView) {
  return [...members, ...evaluations].flatMap(({ name, failure }) =>
    failure ? [{ round, name, ...failure }] : [],
  )
}
