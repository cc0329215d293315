import type { RoundView, RunView } from '@consort/protocol'
import type { Messages } from '../language/messages.ts'
import { createLiveLines, progressBar } from './live-lines.ts'
import { padTo, type Terminal, widthOf } from './terminal.ts'

/** Shows a run as it goes: finished rounds as lines, the present one as bars. */
export interface RunDisplay {
  update(view: RunView): void
  /** The first round that has not been shown as finished: older ones need not be asked for. */
  readonly fromRound: number
  end(): void
}

const barWidth = 16

/** Makes the display of one run on a terminal. */
export function createRunDisplay({ terminal, say }: { terminal: Terminal; say: Messages }): RunDisplay {
  const live = createLiveLines(terminal)
  const { paint } = terminal
  let finished = 0
  let said = ''

  const roundLine = (round: RoundView, rounds: number): string => {
    const accuracies = round.evaluations
      .filter(evaluation => evaluation.metrics?.values.accuracy !== undefined)
      .map(
        ({ name, role, metrics }) =>
          `${paint(role === 'test' ? 'strong' : 'dim', `${name} ${percent(metrics!.values.accuracy!)}`)}`,
      )
    const failures = round.members
      .filter(member => member.outcome === 'failed' || member.outcome === 'late')
      .map(member => paint('bad', `${member.name}${say.colon}${member.failure?.code ?? member.outcome}`))
    const seconds = round.seconds === null ? '' : `${round.seconds.toFixed(1)} s`
    return [paint('accent', say.runRound(round.round, rounds)), seconds, ...accuracies, ...failures].join(
      '  ',
    )
  }

  return {
    update(view) {
      const isOver = view.phase === 'done' || view.phase === 'failed' || view.phase === 'cancelled'
      const present = view.history.at(-1)
      const done = view.history.filter(round => round !== present || isOver)
      for (const round of done.filter(candidate => candidate.round > finished)) {
        live.finish(roundLine(round, view.rounds))
        finished = round.round
      }
      if (isOver) return live.end()
      const bars = present && present.version === null ? memberBars(present) : []
      const state = `${say.phase[view.phase]}${say.colon}${view.reason}`
      live.draw([`${paint('accent', say.runRound(view.round, view.rounds))}  ${state}`, ...bars])
      if (view.phase === 'selecting' && terminal.err.isTTY !== true && said !== state) {
        said = state
        live.finish(state)
      }
    },
    get fromRound() {
      return finished + 1
    },
    end: () => live.end(),
  }
}

function memberBars({ members }: RoundView): string[] {
  const drawn = members.filter(member => member.drawn)
  const width = Math.max(...drawn.map(member => widthOf(member.name)), 0)
  return drawn.map(({ name, progress, outcome }) => {
    const mark = outcome === 'received' ? '✓' : outcome === 'failed' || outcome === 'late' ? '✗' : ' '
    return `  ${padTo(name, width)}  ${progressBar(progress, barWidth)}  ${mark}`
  })
}

/** Writes a share from 0 to 1 as a percentage with one decimal. */
export function percent(share: number): string {
  return `${(100 * share).toFixed(1)} %`
}
