import type { Command } from 'commander'
import { group, type Runner } from './command-runner.ts'
import type { Messages } from './language/messages.ts'

/** Adds `consort base …` to the program. */
export function addBases(program: Command, { base: { about, option } }: Messages, run: Runner): void {
  const base = group(program, 'base', about.base)
  const bases = () => import('./commands/base.ts')
  base
    .command('add <source>')
    .description(about.add)
    .option('--name <name>', option.name)
    .option('--licence <name>', option.licence)
    .option('--limit <gib>', option.limit)
    .action(run(async () => (await bases()).addToBases))
  base
    .command('list')
    .description(about.list)
    .action(run(async () => (await bases()).listBases))
  base
    .command('show <name>')
    .description(about.show)
    .action(run(async () => (await bases()).showBase))
  base
    .command('verify <name>')
    .description(about.verify)
    .action(run(async () => (await bases()).verifyBase))
  base
    .command('remove <name>')
    .description(about.remove)
    .action(run(async () => (await bases()).removeBase))
}
