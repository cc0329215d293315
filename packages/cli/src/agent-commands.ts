import { type Command, Option } from 'commander'
import { group, type Runner } from './command-runner.ts'
import type { Messages } from './language/messages.ts'

/** Adds `consort agent …` and `consort case …` to the program. */
export function addAgents(program: Command, { about, option }: Messages, run: Runner): void {
  const agent = group(program, 'agent', about.agent)
  const agents = () => import('./commands/agent.ts')
  agent
    .command('put <name>')
    .description(about.agentPut)
    .requiredOption('--model <id>', option.model)
    .requiredOption('--dataset <name>', option.dataset)
    .option('--alpha <share>', option.alpha)
    .option('--delta <share>', option.delta)
    .option('--error-cost <number>', option.errorCost)
    .option('--spot-check <share>', option.spotCheck)
    .addOption(new Option('--audit <share>', option.spotCheck).hideHelp()) // its name before spot checks had one
    .option('--label-days <days>', option.labelDays)
    .option('--beta <number>', option.beta)
    .option('--double-after <cases>', option.doubleAfter)
    .option('--no-watch', option.noWatch)
    .action(run(async () => (await agents()).putAgent))
  agent
    .command('try <name>')
    .description(about.agentTry)
    .requiredOption('--model <id>', option.tried)
    .option('--share <share>', option.share)
    .action(run(async () => (await agents()).tryChallenger))
  agent
    .command('withdraw <name>')
    .description(about.agentWithdraw)
    .action(run(async () => (await agents()).withdrawChallenger))
  agent
    .command('close <name>')
    .description(about.agentClose)
    .option('--reason <word>', option.closeReason)
    .action(run(async () => (await agents()).closeGate))
  agent
    .command('report <name>')
    .description(about.agentReport)
    .action(run(async () => (await import('./commands/agent-report.ts')).reportAgent))
  agent
    .command('value <name>')
    .description(about.agentValue)
    .option('--error <number>', option.judgedError)
    .option('--price <number>', option.judgedPrice)
    .option('--waiting <number>', option.judgedWaiting)
    .option('--beta <number>', option.otherBeta)
    .action(run(async () => (await import('./commands/agent-value.ts')).valueAgent))
  agent
    .command('list')
    .description(about.agentList)
    .action(run(async () => (await agents()).listAgents))
  program
    .command('explain <case>')
    .description(about.explain)
    .action(run(async () => (await import('./commands/explain.ts')).explainCase))
}

/** Adds `consort key …` to the program. */
export function addKeys(program: Command, { about, option }: Messages, run: Runner): void {
  const key = group(program, 'key', about.key)
  const keys = () => import('./commands/key.ts')
  key
    .command('create <name>')
    .description(about.keyCreate)
    .addOption(
      new Option('--for <holder>', option.holder).choices(['application', 'expert']).makeOptionMandatory(),
    )
    .option('--scope <agents>', option.scope)
    .option('--expires <date>', option.expires)
    .option('--per-minute <requests>', option.perMinute)
    .option('--queries <count>', option.queries)
    .option('--budget <units>', option.budget)
    .option('--decimals <count>', option.decimals)
    .action(run(async () => (await keys()).createKey))
  key
    .command('list')
    .description(about.keyList)
    .action(run(async () => (await keys()).listKeys))
  key
    .command('revoke <name>')
    .description(about.keyRevoke)
    .action(run(async () => (await keys()).revokeKey))
}
