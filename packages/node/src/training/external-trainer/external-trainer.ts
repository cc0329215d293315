import { dirname } from 'node:path'
import { Refusal, tokensMaxOf } from '@consort/protocol'
import type { Logger } from 'pino'
import type { Enrolment } from '../../enrolment.ts'
import type { AcceptedTask } from '../../hub/accepted-task.ts'
import type { PolicyFile, TrainerPolicy } from '../../policy/policy.ts'
import type { LoadExamples } from '../load-examples.ts'
import type { Train } from '../train.ts'
import { accountOf } from './account.ts'
import { resolveCommand } from './command.ts'
import { graceMs } from './run-program.ts'
import { trainWithProgram } from './train-with-program.ts'

interface ProgramContext {
  readonly policy: Pick<PolicyFile, 'path'>
  readonly enrolment: Enrolment
  readonly log: Logger
}

/**
 * Trains with the program that the site's policy names. `endsAt`, on the clock of `performance.now()`, is when it has
 * to be done. Throws `policy-refused` for a recipe that no program can train, what `trainWithProgram` and `accountOf`
 * throw, and refusals of the data.
 */
export function externalTrainer(
  context: ProgramContext,
  { task, recipe, policy }: AcceptedTask,
  { settings, endsAt, load }: { settings: TrainerPolicy; endsAt: number; load: LoadExamples },
): Train {
  if (tokensMaxOf(recipe.input) !== undefined) {
    throw new Refusal(
      'policy-refused',
      `The policy’s trainer cannot train ${recipe.name}: it is given numbers, and no tokens of a base model`,
      {
        hint: 'List in `trainer.recipes` of the policy what it is for: the built-in engine trains the rest.',
      },
    )
  }
  return async (request, signal) => {
    const account = await accountOf(settings.user)
    const { train: examples } = await load(task.card, recipe)
    if (!examples) throw new Refusal('split-empty', 'There are no examples to train on')
    const { run, round, rounds, id } = task
    return await trainWithProgram(
      {
        command: resolveCommand(settings.command, dirname(context.policy.path)),
        account,
        limits: settings,
        threads: policy.cpu.threads,
        recipe,
        round,
        rounds,
        examples,
        endsAt,
        member: context.enrolment.member,
        log: context.log.child({ run, round, task: id }),
      },
      request,
      signal,
    )
  }
}

/** What checking, writing down and uploading an update may take at the most before the trainer gets less time. */
const uploadMs = 30_000

/**
 * How long a program may train for a task that the hub waits `withinMs` for: the rest is for ending it, and a tenth
 * for the way back. Never less than half.
 */
export function trainingMs(withinMs: number): number {
  return Math.max(withinMs / 2, withinMs - graceMs - 500 - Math.min(withinMs / 10, uploadMs))
}
