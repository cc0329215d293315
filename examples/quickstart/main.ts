import { mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { join, relative, resolve } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import {
  chooseLanguage,
  createLiveLines,
  createRunDisplay,
  createTerminal,
  exitCodeOf,
  exitCodes,
  fetchModel,
  formatTable,
  loadRecipe,
  messagesOf,
  note,
  progressBar,
  type RunDisplay,
  showError,
} from '@consort/cli'
import { buildConsole } from '@consort/console/build'
import { averageMetric } from '@consort/federation'
import { type Caller, hubEndpoints, type Id, type Recipe, type RunView } from '@consort/protocol'
import { awaitAnswer, openDesk, putAgent } from './be-the-expert.ts'
import { type Consortium, openConsortium } from './consortium.ts'
import { digits } from './digits/digits.ts'
import type { DealtRecords, Share } from './job.ts'
import { letters } from './letters/letters.ts'
import { stories } from './story.ts'

const { values: options } = parseArgs({
  options: {
    exit: { type: 'boolean', default: false },
    json: { type: 'string' },
    seed: { type: 'string', default: '1' },
    lang: { type: 'string' },
    dir: { type: 'string', default: '.consort/quickstart' },
    'no-alone': { type: 'boolean', default: false },
    recipe: { type: 'string' },
    digits: { type: 'boolean', default: false },
  },
})
const language = chooseLanguage(options.lang, process.env)
const story = stories[language]
const job = options.digits ? digits : letters
const words = job.words[language]
const terminal = createTerminal({ json: false, colour: true })
const { paint } = terminal
const session = { terminal, say: messagesOf[language] }
const stopping = new AbortController()
for (const name of ['SIGINT', 'SIGTERM'] as const)
  process.on(name, () => stopping.abort(new DOMException(name, 'AbortError')))

const partnerNames = job.partners
const examiner = 'examiner'

async function main(): Promise<number> {
  if (!options.exit) await buildConsole()
  const began = performance.now()
  const recipe = loadRecipe(options.recipe ?? job.recipe)
  const root = resolve(options.dir)
  const seed = Number(options.seed)
  rmSync(root, { recursive: true, force: true })
  mkdirSync(root, { recursive: true })
  note(terminal, `\n${paint('strong', words.title)}\n`)
  note(terminal, words.splitting)
  const dealt = await job.deal(root, { partners: partnerNames, examiner, seed })
  const { shares } = dealt
  note(terminal, words.split(thousands(shares.reduce((sum, share) => sum + share.count, 0)), seed))
  note(terminal, `${shareTable(shares)}\n`)

  note(terminal, story.starting(partnerNames.length + 2))
  const members = [
    ...shares.map(share => ({ share, role: 'partner' as const })),
    { share: dealt.test, role: 'evaluator' as const },
  ]
  await using consortium = await openConsortium(root, { dataset: job.dataset, members })
  note(terminal, `${story.signing}\n`)

  note(terminal, paint('strong', story.together(recipe.federation.rounds)))
  const together = await train(consortium.operator, recipe, createRunDisplay(session))
  if (together.phase !== 'done') return fail(together)
  const alone = options['no-alone'] ? [] : await trainAlone(consortium.operator, recipe)
  const seconds = (performance.now() - began) / 1000

  const model = join(root, 'model.onnx')
  writeFileSync(model, (await fetchModel(consortium.operator, together.result!)).onnx)
  const sample = await dealt.sample()
  const result = {
    together: testAccuracy(together),
    alone: alone.map(testAccuracy),
    validation: validationAccuracy(together),
    rounds: together.history.length,
    seconds: Math.round(seconds * 10) / 10,
    togetherSeconds: secondsOf(together),
    bytes: together.bytes.up + together.bytes.down,
    ...(job.secondClass !== undefined && { secondClass: secondClassOf(together) }),
  }
  if (options.json) writeFileSync(options.json, `${JSON.stringify(result, null, 2)}\n`)
  tell(shares, result, { root, model, sample, test: dealt.test.count })
  if (!options.exit) await beTheExpert(consortium, { version: together.result!, dealt })
  return exitCodes.done
}

async function train(
  operator: Caller,
  recipe: Recipe,
  display: Pick<RunDisplay, 'update'>,
  only?: string[],
): Promise<RunView> {
  const body = { recipe, ...(only && { only }), idempotencyKey: crypto.randomUUID() }
  const { id } = await operator(hubEndpoints.createRun, { body })
  for (;;) {
    stopping.signal.throwIfAborted()
    const view = await operator(hubEndpoints.getRun, { params: { run: id }, query: {} })
    display.update(view)
    if (view.ended !== null) return view
    await sleep(lookEveryMs, undefined, { signal: stopping.signal })
  }
}

const lookEveryMs = 300

/** Every partner trains by itself at the same time, and is examined once, at the end. */
async function trainAlone(operator: Caller, recipe: Recipe): Promise<RunView[]> {
  const { federation } = recipe
  note(terminal, `\n${paint('strong', story.alone(federation.rounds * federation.localEpochs))}`)
  const solo: Recipe = {
    ...recipe,
    name: `${recipe.name}-alone`,
    federation: { ...federation, partnersMin: 1 },
    evaluation: { ...recipe.evaluation, every: federation.rounds },
  }
  const live = createLiveLines(terminal)
  const done = new Map(partnerNames.map(name => [name, 0]))
  const display = (name: string): Pick<RunDisplay, 'update'> => ({
    update(view) {
      const present = view.history.at(-1)
      const inRound = present?.version === null ? (present.members[0]?.progress ?? 0) : 0
      done.set(
        name,
        view.ended === null
          ? (view.history.filter(round => round.version !== null).length + inRound) / view.rounds
          : 1,
      )
      live.draw([...done].map(([partner, share]) => `  ${partner.padEnd(8)} ${progressBar(share, 30)}`))
    },
  })
  const views = await Promise.all(partnerNames.map(name => train(operator, solo, display(name), [name])))
  live.end()
  return views
}

function testAccuracy(view: RunView): number {
  return testValues(view)?.accuracy ?? Number.NaN
}

/** What the examiner measured of the last version. */
function testValues(view: RunView) {
  const evaluation = view.history.at(-1)?.evaluations.find(candidate => candidate.role === 'test')
  return evaluation?.metrics?.values
}

function secondClassOf(view: RunView): { precision: number; recall: number; f1: number } {
  const { precision = Number.NaN, recall = Number.NaN, f1 = Number.NaN } = testValues(view) ?? {}
  return { precision, recall, f1 }
}

/** What the partners measured on the records that they held back, averaged by examples. */
function validationAccuracy(view: RunView): number | null {
  const told = view.history.at(-1)?.evaluations.filter(({ role }) => role === 'train') ?? []
  return averageMetric(
    told.flatMap(({ metrics }) =>
      metrics ? [{ examples: metrics.examples, value: metrics.values.accuracy }] : [],
    ),
  )
}

function secondsOf(view: RunView): number {
  return Math.round((Date.parse(view.ended!) - Date.parse(view.created)) / 100) / 10
}

function fail(view: RunView): number {
  note(terminal, paint('bad', story.failed(view.reason)))
  return exitCodes.runFailed
}

function shareTable(shares: readonly Share[]): string {
  const rows = shares.map(({ name, count, spread }) => [name, thousands(count), spread])
  return formatTable(terminal, words.header, rows)
}

interface Outcome {
  together: number
  alone: number[]
  rounds: number
  togetherSeconds: number
  bytes: number
  secondClass?: { precision: number; recall: number; f1: number }
}

function tell(
  shares: readonly Share[],
  { together, alone, rounds, togetherSeconds, bytes, secondClass }: Outcome,
  { root, model, sample, test }: { root: string; model: string; sample: string; test: number },
): void {
  const here = (path: string): string => relative(process.cwd(), path)
  const all = shares.reduce((sum, share) => sum + share.count, 0)
  const rows = [
    ...alone.map((accuracy, index) => [
      `${shares[index]!.name} ${story.aloneWord}`,
      thousands(shares[index]!.count),
      percent2(accuracy),
    ]),
    [paint('good', story.togetherWord), thousands(all), paint('good', percent2(together))],
  ]
  const megabytes = `${(bytes / 1e6).toFixed(1)} MB`
  note(terminal, `\n${words.summary(thousands(test))}`)
  note(terminal, formatTable(terminal, words.columns, rows))
  if (alone.length > 0) note(terminal, story.gain((100 * (together - Math.max(...alone))).toFixed(1)))
  if (secondClass && job.secondClass !== undefined) {
    const [precision, recall, f1] = [secondClass.precision, secondClass.recall, secondClass.f1].map(percent2)
    note(terminal, story.secondClass(job.secondClass, { precision: precision!, recall: recall!, f1: f1! }))
  }
  note(terminal, `\n${story.moved(megabytes, togetherSeconds.toFixed(0), rounds)}`)
  note(terminal, paint('strong', words.promise))
  note(terminal, story.model(here(model)))
  note(terminal, `${words.tryIt}  npx consort model predict ${here(model)} ${here(sample)}`)
  if (options.exit) return
  note(terminal, `\n${story.running}`)
  for (const line of ['run list', 'roster show', 'model list', 'audit verify', 'doctor']) {
    note(terminal, `  npx consort --data ${here(join(root, 'hub'))} ${line}`)
  }
}

/** What the agent will not answer alone comes to whoever sits before the screen. */
async function beTheExpert(
  { nodes }: Consortium,
  { version, dealt }: { version: Id<'version'>; dealt: DealtRecords },
): Promise<void> {
  const { dataset, desk: terms } = job
  // whoever holds out the most records can promise soonest
  const bySize = dealt.shares.toSorted((one, other) => other.count - one.count)
  const partners = bySize.map(({ name }) => ({ name, ...nodes.get(name)! }))
  const node = await putAgent(partners, { version, dataset, terms })
  const desk = await openDesk(node, { terms, questions: dealt.questions, few: 3 })
  const { link, asked, answered, wrong, waiting } = desk
  note(terminal, `\n${paint('strong', story.desk(node.name, percent2(terms.alpha)))}`)
  note(terminal, words.deskAsked({ asked, answered, wrong, waiting: waiting.length }))
  if (waiting.length > 0) note(terminal, `${story.deskOpen} ${paint('good', link)}`)
  await Promise.all(
    waiting.map(async record => {
      const view = await awaitAnswer(node.call, record, stopping.signal)
      note(terminal, words.deskAnswer(record.asked.name, view.answer!.class, record.asked.label))
    }),
  )
  if (waiting.length > 0) note(terminal, story.deskDone)
  await untilStopped()
}

function thousands(count: number): string {
  return count.toLocaleString('en')
}

function percent2(share: number): string {
  return `${(100 * share).toFixed(2)} %`
}

function untilStopped(): Promise<void> {
  return new Promise(resolve => stopping.signal.addEventListener('abort', () => resolve(), { once: true }))
}

try {
  process.exitCode = await main()
} catch (error) {
  if (!stopping.signal.aborted) showError(terminal, { error, language, say: session.say })
  process.exitCode = stopping.signal.aborted ? exitCodes.interrupted : exitCodeOf(error)
}
