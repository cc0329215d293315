import type { Recipe } from '@consort/protocol'
import { Refusal } from '@consort/protocol'
import { type AnyExamples, type TrainRequest, trainedParts } from '@consort/train'
import type { Logger } from 'pino'
import type { Trained } from '../train.ts'
import type { Account } from './account.ts'
import { openTrainerFolder } from './folder.ts'
import { writeInputs } from './inputs.ts'
import { createProgressReader } from './progress-lines.ts'
import { readResult } from './result.ts'
import { type Limits, type ProgramEnd, runProgram } from './run-program.ts'

export interface ProgramTraining {
  /** argv; the folder comes after it. */
  readonly command: readonly string[]
  readonly account: Account | undefined
  readonly limits: Limits
  readonly threads: number
  readonly recipe: Recipe
  readonly round: number
  readonly rounds: number
  readonly examples: AnyExamples
  /** When it has to be done, on the clock of `performance.now()`. */
  readonly endsAt: number
  /** Whose folder it is: `sweepTrainerFolders` finds it by this name after a crash. */
  readonly member: string
  readonly log: Logger
}

/** How often the last known progress is told, which is also how a task that nobody wants any more is noticed. */
const beatMs = 1000

/**
 * One round by a program of the partner's own, as docs/trainers.md says: a private folder, the program, its result.
 * Nothing that the program prints goes anywhere but into the log, and the folder is gone afterwards.
 * Throws `trainer-failed`, `trainer-timeout`, `trainer-output-invalid`, or the reason why `signal` was aborted.
 */
export async function trainWithProgram(
  training: ProgramTraining,
  { weights, epochs, seed, onProgress }: TrainRequest,
  signal: AbortSignal,
): Promise<Trained> {
  const { recipe, round, rounds, examples, command, account, limits, threads, endsAt, log } = training
  const { layout } = trainedParts(recipe)
  await using folder = await openTrainerFolder(training.member, log)
  const withinMs = (): number => Math.max(0, endsAt - performance.now())
  const task = { recipe, round, rounds, epochs, seed }
  await writeInputs(folder.path, { ...task, layout, weights, examples, withinMs })
  if (account) await folder.handOver(account)

  let done = 0
  const beat = setInterval(() => onProgress?.(done), beatMs)
  const onOutput = createProgressReader(share => {
    done = share
  })
  try {
    const program = { command, folder: folder.path, account, limits, threads }
    const { end, stderr } = await runProgram(program, { withinMs: withinMs(), onOutput }, signal)
    if (stderr !== '') log[isGood(end) ? 'debug' : 'warn']({ stderr }, 'trainer-stderr')
    if (!isGood(end)) throw refusalOfEnd(end)
  } finally {
    clearInterval(beat)
  }
  return await readResult(folder.path, { layout, examples: examples.count })
}

function isGood(end: ProgramEnd): boolean {
  return end.kind === 'exited' && end.code === 0
}

const seeStderr = 'What it wrote to stderr is in this log under the same task, as trainer-stderr.'

function refusalOfEnd(end: ProgramEnd): Refusal {
  switch (end.kind) {
    case 'late':
      return new Refusal('trainer-timeout', 'The trainer was not done at its deadline and was ended', {
        hint: 'task.json says how long it has: deadlineSeconds.',
      })
    case 'exited':
      return new Refusal('trainer-failed', `The trainer ended with exit code ${end.code}`, {
        hint: seeStderr,
      })
    case 'killed':
      return new Refusal('trainer-failed', `The trainer was ended by ${end.signal}`, {
        hint: `A limit of the policy or the machine's memory may have been reached. ${seeStderr}`,
      })
    case 'unstartable':
      return new Refusal('trainer-failed', `The trainer could not be started: ${end.why}`, {
        hint: 'See trainer.command in the policy, and docs/trainers.md.',
      })
  }
}
