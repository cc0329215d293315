import { readFileSync } from 'node:fs'
import { Refusal, refusalTitles } from '@consort/protocol'
import { Command, CommanderError, Option } from 'commander'
import { exportLog, verifyLog } from './commands/audit.ts'
import { addDataset, listDatasets, showDataset } from './commands/dataset.ts'
import { runDoctor } from './commands/doctor.ts'
import { inviteMember, startHub } from './commands/hub.ts'
import { exportToFile, listModels, predict, showModel } from './commands/model.ts'
import { enrolPartner, partnerStatus, startPartner } from './commands/partner.ts'
import { checkRecipe, listRecipes, showRecipe } from './commands/recipe.ts'
import { showRoster, signRoster } from './commands/roster.ts'
import { cancelRun, listRuns, showRun, startRun, watchRun } from './commands/run.ts'
import { exitCodeOf, exitCodes } from './exit-codes.ts'
import { chooseLanguage, messagesOf } from './language/language.ts'
import type { Messages } from './language/messages.ts'
import { createTerminal, note, type Terminal } from './output/terminal.ts'
import type { Session } from './session.ts'

type Environment = Readonly<Record<string, string | undefined>>

const version: string = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')).version

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
  const act: Act = action =>
    async function (this: Command, ...values: unknown[]) {
      const { data } = this.optsWithGlobals<{ data?: string }>()
      const session: Session = { terminal, say, environment, data, signal }
      // commander passes arguments, then options, then the command itself
      code = (await action(session, ...(values.slice(0, -1) as never[]))) ?? exitCodes.done
    }
  try {
    await createProgram(say, act).parseAsync([...line], { from: 'user' })
    return signal.aborted ? exitCodes.interrupted : code
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? exitCodes.done : exitCodes.usage
    if (signal.aborted) {
      note(terminal, say.interrupted)
      return exitCodes.interrupted
    }
    showError(terminal, { error, language, say })
    return exitCodeOf(error)
  }
}

type Action = (session: Session, ...values: never[]) => Promise<number | undefined> | Promise<void> | void
type Act = (action: Action) => (this: Command, ...values: unknown[]) => Promise<void>

function createProgram(say: Messages, act: Act): Command {
  const { about, option } = say
  const program = new Command('consort')
    .description(about.program)
    .version(version)
    .option('--data <directory>', option.data)
    .option('--json', option.json)
    .addOption(new Option('--lang <language>', option.lang).choices(['en', 'zh']))
    .option('--no-color', option.noColour)
    .exitOverride()
    .showHelpAfterError()
  const group = (name: string, description: string): Command => program.command(name).description(description)

  const hub = group('hub', about.hub)
  hub
    .command('start')
    .description(about.hubStart)
    .option('--listen <address>', option.listen)
    .option('--consortium <name>', option.consortium)
    .option('--public-url <url>', option.publicUrl)
    .action(act(startHub))
  hub
    .command('invite <name>')
    .description(about.hubInvite)
    .addOption(new Option('--role <role>', option.role).choices(['partner', 'evaluator']).default('partner'))
    .action(
      act((session, name: string, { role }: { role: 'partner' | 'evaluator' }) =>
        inviteMember(session, name, role),
      ),
    )

  const partner = group('partner', about.partner)
  partner.command('enrol <invite>').description(about.partnerEnrol).action(act(enrolPartner))
  partner.command('start').description(about.partnerStart).action(act(startPartner))
  partner.command('status').description(about.partnerStatus).action(act(partnerStatus))

  const roster = group('roster', about.roster)
  roster.command('show').description(about.rosterShow).action(act(showRoster))
  roster
    .command('sign')
    .description(about.rosterSign)
    .option('--yes', option.yes, false)
    .action(act(signRoster))

  const dataset = group('dataset', about.dataset)
  dataset
    .command('add <name>')
    .description(about.datasetAdd)
    .option('--csv <file>', option.csv)
    .option('--label <column>', option.label)
    .option('--features <columns>', option.features)
    .option('--missing <cells>', option.missing)
    .option('--idx <files...>', option.idx)
    .option('--images <folder>', option.images)
    .option('--size <size>', option.size)
    .option('--colour', option.colour)
    .option('--test', option.test)
    .option('--validation <share>', option.validation)
    .action(act(addDataset))
  dataset.command('list').description(about.datasetList).action(act(listDatasets))
  dataset.command('show <name>').description(about.datasetShow).action(act(showDataset))

  const recipe = group('recipe', about.recipe)
  recipe.command('list').description(about.recipeList).action(act(listRecipes))
  recipe.command('show <name>').description(about.recipeShow).action(act(showRecipe))
  recipe.command('check <file>').description(about.recipeCheck).action(act(checkRecipe))

  const run = group('run', about.run)
  run
    .command('start <recipe>')
    .description(about.runStart)
    .option('--only <partners>', option.only)
    .option('--detach', option.detach)
    .action(act(startRun))
  run.command('watch <run>').description(about.runWatch).action(act(watchRun))
  run.command('list').description(about.runList).action(act(listRuns))
  run.command('show <run>').description(about.runShow).action(act(showRun))
  run.command('cancel <run>').description(about.runCancel).action(act(cancelRun))

  const model = group('model', about.model)
  model.command('list').description(about.modelList).action(act(listModels))
  model.command('show <model>').description(about.modelShow).action(act(showModel))
  model
    .command('export <model>')
    .description(about.modelExport)
    .option('-o, --output <file>', option.output)
    .action(act(exportToFile))
  model.command('predict <model> <input>').description(about.modelPredict).action(act(predict))

  const audit = group('audit', about.audit)
  audit.command('verify [file]').description(about.auditVerify).action(act(verifyLog))
  audit.command('export <file>').description(about.auditExport).action(act(exportLog))

  program.command('doctor').description(about.doctor).action(act(runDoctor))
  return program
}

function showError(
  terminal: Terminal,
  { error, language, say }: { error: unknown; language: 'en' | 'zh'; say: Messages },
): void {
  const refusal =
    error instanceof Refusal
      ? error
      : new Refusal('internal', error instanceof Error ? (error.stack ?? error.message) : String(error))
  const { code, message, hint, path } = refusal
  if (terminal.json) {
    terminal.err.write(`${JSON.stringify({ code, message, ...(hint && { hint }), ...(path && { path }) })}\n`)
    return
  }
  note(terminal, `${terminal.paint('bad', refusalTitles[code][language])}: ${message}`)
  if (hint) note(terminal, `${terminal.paint('strong', say.word.hint)}: ${hint}`)
}

/** The language is needed before the line is parsed, for the help. */
function optionIn(line: readonly string[], name: string): string | undefined {
  const index = line.findIndex(part => part === name || part.startsWith(`${name}=`))
  if (index < 0) return undefined
  return line[index]!.includes('=') ? line[index]!.split('=')[1] : line[index + 1]
}
