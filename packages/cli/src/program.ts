import { sourceFlags } from '@consort/data/source-flags'
import { Command, CommanderError, InvalidArgumentError, Option } from 'commander'
import { addAgents, addKeys } from './agent-commands.ts'
import { addBases } from './base-commands.ts'
import { group, type Runner } from './command-runner.ts'
import { exitCodeOf, exitCodes } from './exit-codes.ts'
import { chooseLanguage, messagesOf } from './language/language.ts'
import type { Messages } from './language/messages.ts'
import { usageWords } from './language/usage-words.ts'
import { holdNursery } from './nursery.ts'
import { showError } from './output/show-error.ts'
import { createTerminal, note } from './output/terminal.ts'
import type { Session } from './session.ts'
import { cliVersion } from './version.ts'

type Environment = Readonly<Record<string, string | undefined>>

/** Runs one command line (without `node` and the program's name) and returns its exit code. */
export async function runProgram(
  line: readonly string[],
  environment: Environment,
  signal: AbortSignal,
): Promise<number> {
  const language = chooseLanguage(optionIn(line, '--lang'), environment)
  const say = messagesOf[language]
  const terminal = createTerminal({ json: line.includes('--json'), colour: !line.includes('--no-color') })
  let code: number = exitCodes.done
  const run: Runner = load =>
    async function (this: Command, ...values: unknown[]) {
      const { data } = this.optsWithGlobals<{ data?: string }>()
      const session: Session = { terminal, say, language, environment, data, signal }
      const action = await load()
      // commander passes arguments, then options, then the command itself
      code = (await action(session, ...(values.slice(0, -1) as never[]))) ?? exitCodes.done
    }
  try {
    await createProgram(say, run).parseAsync([...line], { from: 'user' })
    return signal.aborted ? exitCodes.interrupted : code
  } catch (error) {
    if (error instanceof CommanderError) {
      const topic = line[line.indexOf('help') + 1]
      if (
        error.code === 'commander.help' &&
        error.exitCode !== 0 &&
        line.includes('help') &&
        topic !== undefined
      )
        note(terminal, say.unknownTopic(topic))
      return error.exitCode === 0 ? exitCodes.done : exitCodes.usage
    }
    if (signal.aborted) {
      note(terminal, say.interrupted)
      return exitCodes.interrupted
    }
    showError(terminal, { error, language, say })
    return exitCodeOf(error)
  }
}

/** Builds all commands with their help; `run` says what happens when one is called. */
export function createProgram(say: Messages, run: Runner): Command {
  const { about, option } = say
  const program = new Command('consort')
    .description(about.program)
    .version(cliVersion, '-V, --version', say.help.version)
    .option('--data <directory>', option.data)
    .option('--json', option.json)
    .option('--lang <language>', option.lang, spoken)
    .option('--no-color', option.noColour)
    .helpOption('-h, --help', say.help.help)
    .helpCommand('help [command]', say.help.help)
    .configureHelp({ styleTitle: title => say.help.titles[title] ?? title })
    .configureOutput({
      writeOut: text => process.stdout.write(usageWords(text, say.language)),
      writeErr: text => process.stderr.write(usageWords(text, say.language)),
    })
    .exitOverride()
    .showHelpAfterError()
  addProcesses(program, say, run)
  addMembership(program, say, run)
  addData(program, say, run)
  addSurveys(program, say, run)
  addBases(program, say, run)
  addLearning(program, say, run)
  addModels(program, say, run)
  addAgents(program, say, run)
  addKeys(program, say, run)
  program
    .command('doctor')
    .description(about.doctor)
    .action(run(async () => (await import('./commands/doctor.ts')).runDoctor))
    .command('privacy')
    .description(about.doctorPrivacy)
    .option('--dataset <name>', option.attacked)
    .option('--record <number>', option.record)
    .option('-o, --output <file>', option.picture)
    .action(run(async () => (await import('./commands/doctor-privacy.ts')).runDoctorPrivacy))
  return program
}

function addProcesses(program: Command, { about, option }: Messages, run: Runner): void {
  const hub = group(program, 'hub', about.hub)
  hub
    .command('start')
    .description(about.hubStart)
    .option('--listen <address>', option.listen)
    .option('--consortium <name>', option.consortium)
    .option('--public-url <url>', option.publicUrl)
    .action(
      run(async () => {
        holdNursery() // before the code is loaded that would let it grow
        return (await import('./commands/hub.ts')).startHub
      }),
    )
  hub
    .command('invite <name>')
    .description(about.hubInvite)
    .addOption(new Option('--role <role>', option.role).choices(['partner', 'evaluator']).default('partner'))
    .action(run(async () => (await import('./commands/hub.ts')).inviteMember))

  const partner = group(program, 'partner', about.partner)
  const commands = () => import('./commands/partner.ts')
  partner
    .command('enrol <invite>')
    .description(about.partnerEnrol)
    .action(run(async () => (await commands()).enrolPartner))
  partner
    .command('start')
    .description(about.partnerStart)
    .action(run(async () => (await commands()).startPartner))
  partner
    .command('status')
    .description(about.partnerStatus)
    .action(run(async () => (await commands()).partnerStatus))

  const budget = group(program, 'budget', about.budget)
  const budgets = () => import('./commands/budget.ts')
  budget
    .command('show')
    .description(about.budgetShow)
    .action(run(async () => (await budgets()).showBudgets))
  budget
    .command('reconcile')
    .description(about.budgetReconcile)
    .option('--yes', option.yes, false)
    .action(run(async () => (await budgets()).reconcileBudgets))

  program
    .command('storage')
    .description(about.storage)
    .action(run(async () => (await import('./commands/storage.ts')).showStorage))

  const audit = group(program, 'audit', about.audit)
  audit
    .command('verify [file]')
    .description(about.auditVerify)
    .action(run(async () => (await import('./commands/audit.ts')).verifyLog))
  audit
    .command('export <file>')
    .description(about.auditExport)
    .action(run(async () => (await import('./commands/audit.ts')).exportLog))

  group(program, 'database', about.database)
    .command('move')
    .description(about.databaseMove)
    .option('--to <url>', option.moveTo)
    .action(run(async () => (await import('./commands/database.ts')).moveTables))
}

function addMembership(program: Command, { about, option }: Messages, run: Runner): void {
  const roster = group(program, 'roster', about.roster)
  roster
    .command('show')
    .description(about.rosterShow)
    .action(run(async () => (await import('./commands/roster.ts')).showRoster))
  roster
    .command('sign')
    .description(about.rosterSign)
    .option('--yes', option.yes, false)
    .action(run(async () => (await import('./commands/roster.ts')).signRoster))

  const agreement = group(program, 'agreement', about.agreement)
  const terms = () => import('./commands/agreement.ts')
  agreement
    .command('propose <file>')
    .description(about.agreementPropose)
    .action(run(async () => (await terms()).proposeAgreement))
  agreement
    .command('show')
    .description(about.agreementShow)
    .action(run(async () => (await terms()).showAgreement))
  agreement
    .command('sign')
    .description(about.agreementSign)
    .option('--yes', option.yesRead, false)
    .action(run(async () => (await terms()).signAgreement))

  const statement = group(program, 'statement', about.statement)
  const statements = () => import('./commands/statement.ts')
  statement
    .command('make <month>')
    .description(about.statementMake)
    .option('--agreement <version>', option.agreement)
    .action(run(async () => (await statements()).makeStatement))
  statement
    .command('show <month>')
    .description(about.statementShow)
    .option('--agreement <version>', option.agreement)
    .action(run(async () => (await statements()).showStatement))
  statement
    .command('sign <month>')
    .description(about.statementSign)
    .option('--agreement <version>', option.agreement)
    .action(run(async () => (await statements()).signStatement))
  const exports = () => import('./commands/statement-export.ts')
  statement
    .command('export <month> <file>')
    .description(about.statementExport)
    .option('--agreement <version>', option.agreement)
    .action(run(async () => (await exports()).exportStatement))
  statement
    .command('verify <file>')
    .description(about.statementVerify)
    .action(run(async () => (await exports()).verifyExported))
}

function addData(program: Command, { about, option, language }: Messages, run: Runner): void {
  const dataset = group(program, 'dataset', about.dataset)
  const commands = () => import('./commands/dataset.ts')
  const add = dataset.command('add <name>').description(about.datasetAdd)
  for (const { spelling, help } of sourceFlags()) add.option(spelling, help[language])
  add
    .option('--test', option.test)
    .option('--validation <share>', option.validation)
    .action(run(async () => (await commands()).addDataset))
  const check = dataset.command('check <name>').description(about.datasetCheck)
  for (const { spelling, help } of sourceFlags({ translated: true })) check.option(spelling, help[language])
  check.action(run(async () => (await commands()).checkDataset))
  dataset
    .command('list')
    .description(about.datasetList)
    .action(run(async () => (await commands()).listDatasets))
  dataset
    .command('show <name>')
    .description(about.datasetShow)
    .action(run(async () => (await commands()).showDataset))
  dataset
    .command('export <name>')
    .description(about.datasetExport)
    .option('--rules <file>', option.rules)
    .requiredOption('--recipient <name>', option.recipient)
    .option('--out <file>', option.exportTo)
    .option('--names <file>', option.names)
    .action(run(async () => (await import('./commands/export-dataset.ts')).exportDataset))
}

function addSurveys(program: Command, { about, option }: Messages, run: Runner): void {
  const survey = group(program, 'survey', about.survey)
  const surveys = () => import('./commands/survey.ts')
  survey
    .command('start <dataset>')
    .description(about.surveyStart)
    .option('--ask <file>', option.ask)
    .action(run(async () => (await surveys()).startSurvey))
  survey
    .command('list')
    .description(about.surveyList)
    .action(run(async () => (await surveys()).listSurveys))
  survey
    .command('show <survey>')
    .description(about.surveyShow)
    .action(run(async () => (await surveys()).showSurvey))
}

function addLearning(program: Command, { about, option }: Messages, run: Runner): void {
  const recipe = group(program, 'recipe', about.recipe)
  const recipes = () => import('./commands/recipe.ts')
  recipe
    .command('list')
    .description(about.recipeList)
    .action(run(async () => (await recipes()).listRecipes))
  recipe
    .command('show <name>')
    .description(about.recipeShow)
    .action(run(async () => (await recipes()).showRecipe))
  recipe
    .command('standardise <recipe>')
    .description(about.recipeStandardise)
    .action(run(async () => (await recipes()).standardiseRecipe))
  recipe
    .command('check <file>')
    .description(about.recipeCheck)
    .action(run(async () => (await recipes()).checkRecipe))

  const training = group(program, 'run', about.run)
  const runs = () => import('./commands/run.ts')
  training
    .command('start <recipe>')
    .description(about.runStart)
    .option('--only <partners>', option.only)
    .option('--detach', option.detach)
    .action(run(async () => (await runs()).startRun))
  training
    .command('watch <run>')
    .description(about.runWatch)
    .action(run(async () => (await runs()).watchRun))
  training
    .command('list')
    .description(about.runList)
    .option('--before <place>', option.before)
    .action(run(async () => (await runs()).listRuns))
  training
    .command('show <run>')
    .description(about.runShow)
    .action(run(async () => (await runs()).showRun))
  training
    .command('cancel <run>')
    .description(about.runCancel)
    .action(run(async () => (await runs()).cancelRun))
}

function addModels(program: Command, { about, option }: Messages, run: Runner): void {
  const model = group(program, 'model', about.model)
  const models = () => import('./commands/model.ts')
  model
    .command('list')
    .description(about.modelList)
    .option('--before <place>', option.before)
    .action(run(async () => (await models()).listModels))
  model
    .command('show <model>')
    .description(about.modelShow)
    .action(run(async () => (await models()).showModel))
  model
    .command('export <model>')
    .description(about.modelExport)
    .option('-o, --output <file>', option.output)
    .action(run(async () => (await models()).exportToFile))
  model
    .command('compare <model>')
    .description(about.modelCompare)
    .requiredOption('--dataset <name>', option.dataset)
    .action(run(async () => (await import('./commands/compare.ts')).compareModels))
  model
    .command('predict <model> <input>')
    .description(about.modelPredict)
    .action(run(async () => (await models()).predict))
}

/** A language by its tag, as systems write it: `zh`, `zh-CN`, `zh_CN`, `zh-Hans`. */
function spoken(tag: string): string {
  if (!/^(en|zh)([-_][a-z0-9_-]+)?$/i.test(tag)) throw new InvalidArgumentError('Allowed choices are en, zh.')
  return tag
}

/** The language is needed before the line is parsed, for the help. */
function optionIn(line: readonly string[], name: string): string | undefined {
  const index = line.findIndex(part => part === name || part.startsWith(`${name}=`))
  if (index < 0) return undefined
  return line[index]!.includes('=') ? line[index]!.split('=')[1] : line[index + 1]
}
