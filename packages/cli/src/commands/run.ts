import { randomUUID } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { hubEndpoints, type Id, type RunView } from '@consort/protocol'
import { exitCodes } from '../exit-codes.ts'
import { createRunDisplay } from '../output/run-display.ts'
import { runText } from '../output/run-text.ts'
import { formatTable, note, printResult } from '../output/terminal.ts'
import { type Session, withHub } from '../session.ts'
import { loadRecipe } from './recipe.ts'

/** Of a list that is shown page by page. */
export interface PageOptions {
  readonly before?: string
}

export interface RunStartOptions {
  readonly only?: string
  readonly detach?: boolean
}

/** Returns the exit code: a run that fails is not a failed command, but a script wants to know. */
export async function startRun(
  session: Session,
  nameOrPath: string,
  { only, detach }: RunStartOptions,
): Promise<number> {
  const { say, terminal } = session
  const recipe = loadRecipe(nameOrPath)
  const members = only?.split(',').map(name => name.trim())
  const body = { recipe, ...(members && { only: members }), idempotencyKey: randomUUID() }
  const run = await withHub(session, call => call(hubEndpoints.createRun, { body }))
  note(terminal, say.runStarted(run.id))
  for (const { name, columns } of run.lacking) note(terminal, say.columnsLacking(name, columns))
  if (detach) {
    printResult(terminal, run, () => say.runDetached(run.id))
    return exitCodes.done
  }
  return await watchRun(session, run.id)
}

/** Follows a run to its end. Ctrl-C stops the watching, not the run. */
export async function watchRun(session: Session, run: string): Promise<number> {
  const display = createRunDisplay(session)
  const { signal } = session
  const params = { run: run as Id<'run'> }
  const view = await withHub(session, async call => {
    for (;;) {
      const now = await call(
        hubEndpoints.getRun,
        { params, query: { fromRound: display.fromRound } },
        { signal },
      )
      display.update(now)
      if (isOver(now)) return await call(hubEndpoints.getRun, { params, query: {} }, { signal })
      await sleep(lookEveryMs, undefined, { signal })
    }
  }).finally(() => display.end())
  printResult(session.terminal, view, () => session.say.runOver[view.phase as 'done'](view.reason))
  return view.phase === 'done' ? exitCodes.done : exitCodes.runFailed
}

const lookEveryMs = 300

function isOver({ phase }: RunView): boolean {
  return phase === 'done' || phase === 'failed' || phase === 'cancelled'
}

/** Prints the runs of the consortium. */
export async function listRuns(session: Session, query: PageOptions): Promise<void> {
  const { say, terminal } = session
  const { runs, next } = await withHub(session, call => call(hubEndpoints.listRuns, { query }))
  printResult(terminal, runs, () =>
    runs.length === 0
      ? say.nothingYet
      : formatTable(
          terminal,
          [say.word.run, say.word.recipe, say.word.state, say.word.round, say.word.reason],
          runs.map(run => [
            run.id,
            run.recipe,
            say.phase[run.phase],
            `${run.round}/${run.rounds}`,
            run.reason,
          ]),
        ),
  )
  if (next !== null) note(terminal, say.listGoesOn(next))
}

/** Prints one run round by round, and what each failure calls for. */
export async function showRun(session: Session, run: string): Promise<void> {
  const params = { run: run as Id<'run'> }
  const view = await withHub(session, call => call(hubEndpoints.getRun, { params, query: {} }))
  printResult(session.terminal, view, () => runText(view, session))
}

/** Ends a run; the versions that it has made stay. */
export async function cancelRun(session: Session, run: string): Promise<void> {
  const summary = await withHub(session, call =>
    call(hubEndpoints.cancelRun, { params: { run: run as Id<'run'> } }),
  )
  printResult(
    session.terminal,
    summary,
    () => `${summary.id}${session.say.colon}${session.say.phase[summary.phase]}`,
  )
}
