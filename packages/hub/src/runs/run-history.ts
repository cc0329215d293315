import type { Id, RoundView } from '@consort/protocol'
import { cardsById } from '../members/card-store.ts'
import { memberNames } from '../members/member-store.ts'
import type { HubDatabase } from '../tables/hub-tables.ts'
import type { RoundCandidate } from '../tables/round-candidate.ts'
import type { TaskState } from '../tables/task-tables.ts'
import { type Round, roundsFrom } from './round-store.ts'
import type { TaskRecord } from './tasks/task-record.ts'
import { listTasks } from './tasks/task-store.ts'
import type { Traffic } from './traffic.ts'

/** How far open tasks are; those of a run that is over are none. */
type Progress = Traffic['progress'] | undefined

/** Shows the rounds of a run from this one on: who could take part and did, and what was said of the version. */
export async function runHistory(
  database: HubDatabase,
  { run, fromRound, progress }: { run: Id<'run'>; fromRound: number; progress: Progress },
): Promise<RoundView[]> {
  const rounds = await roundsFrom(database, run, fromRound)
  const tasks = await listTasks(database, { run, fromRound })
  return await viewsOfRounds(database, rounds, { tasks, progress })
}

/** Shows rounds of a run, of which `tasks` has all tasks. */
export async function viewsOfRounds(
  database: HubDatabase,
  rounds: readonly Round[],
  { tasks, progress }: { tasks: readonly TaskRecord[]; progress?: Progress },
): Promise<RoundView[]> {
  const evaluations = await evaluationsIn(database, tasks)
  return rounds.map(({ round, alpha, candidates, version, started, ended }) => {
    const trained = tasks.filter(task => task.round === round && task.work === 'train')
    return {
      round,
      alpha,
      members: candidates.map(candidate => memberIn(progress, candidate, trained)),
      evaluations: evaluations.get(round) ?? [],
      version,
      seconds: ended === null ? null : (Date.parse(ended) - Date.parse(started)) / 1000,
    }
  })
}

function memberIn(
  progress: Progress,
  { member, name, drawn, cost }: RoundCandidate,
  trained: readonly TaskRecord[],
): RoundView['members'][number] {
  const task = trained.findLast(candidate => candidate.member === member)
  const done = { open: task && progress?.get(task.id), received: 1, failed: 0, closed: 0 }
  return {
    member,
    name,
    drawn,
    cost,
    outcome: task ? outcomes[task.state] : null,
    failure: task?.failure ?? null,
    progress: (task && done[task.state]) ?? 0,
    loss: task?.loss ?? null,
    weight: task?.weight ?? null,
  }
}

const outcomes = {
  open: 'waiting',
  received: 'received',
  failed: 'failed',
  closed: 'late',
} as const satisfies Record<TaskState, RoundView['members'][number]['outcome']>

/** What was said of the version of each round, in the order of names. */
async function evaluationsIn(
  database: HubDatabase,
  tasks: readonly TaskRecord[],
): Promise<ReadonlyMap<number, RoundView['evaluations']>> {
  const evaluating = tasks.filter(task => task.work === 'evaluate')
  const names = await memberNames(database)
  const cards = await cardsById(
    database,
    evaluating.map(({ card }) => card),
  )
  const views = evaluating
    .map(({ round, member, card, metrics, failure }) => {
      const { role } = cards.get(card)!.document
      return { round, view: { member, name: names.get(member) ?? member, role, metrics, failure } }
    })
    .toSorted(({ view: a }, { view: b }) => (a.name < b.name ? -1 : a.name > b.name ? 1 : 0))
  const byRound = Map.groupBy(views, ({ round }) => round)
  return new Map([...byRound].map(([round, those]) => [round, those.map(({ view }) => view)]))
}
