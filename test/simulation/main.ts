import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { type Prepared, prepareConsortium } from './prepared.ts'
import { runSchedule } from './run-schedule.ts'
import { type Action, drawSchedule } from './schedule.ts'
import { shrink } from './shrink.ts'

/**
 * Plays schedules of a whole consortium, one for each seed, in one process: `--from N` is the first seed, `--count N`
 * how many. `--seed N` plays one and prints all that happens. A schedule that breaks a promise is printed with its
 * seed, what it broke, and the fewest of its actions that break something; the program then fails. `--failures N` ends
 * it after so many, and `--no-shrink` leaves out the search for the fewest actions. With
 * `--kinds die,ask` only actions of these kinds are drawn, beside one run. The last line says how many schedules there were, and a digest over all that happened.
 */
const { values } = parseArgs({
  options: {
    seed: { type: 'string' },
    from: { type: 'string', default: '1' },
    count: { type: 'string', default: '200' },
    failures: { type: 'string', default: '3' },
    kinds: { type: 'string' },
    'no-shrink': { type: 'boolean', default: false },
  },
})
const kinds = values.kinds?.split(',')
process.exitCode = await main()

async function main(): Promise<number> {
  const [from, count, failuresMax] = [Number(values.from), Number(values.count), Number(values.failures)]
  const only = values.seed === undefined ? undefined : Number(values.seed)
  if (![from, count, failuresMax, only ?? 0].every(Number.isSafeInteger)) {
    console.error('--seed, --from, --count and --failures take whole numbers.')
    return 2
  }
  const directory = mkdtempSync(join(tmpdir(), 'consort-simulation-'))
  const stop = (): void => rmSync(directory, { recursive: true, force: true })
  process.once('exit', stop)
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(1))
  const prepared = await prepareConsortium(directory)
  if (only !== undefined) return await playOne(prepared, only)
  let failures = 0
  let digests = ''
  let seed = from
  for (; seed < from + count && failures < failuresMax; seed++) {
    const actions = drawSchedule(seed, kinds)
    const { wrong, digest } = await runSchedule(prepared, { seed, actions })
    digests = digest.slice(0, 8) + digests.slice(-56)
    if (wrong.length === 0) continue
    failures += 1
    await tell(prepared, { seed, actions, wrong })
  }
  console.log(`${seed - from} schedules, ${failures} failures, ${digests.slice(0, 8)}`)
  return failures > 0 ? 1 : 0
}

async function playOne(prepared: Prepared, seed: number): Promise<number> {
  const { wrong, digest } = await runSchedule(prepared, {
    seed,
    actions: drawSchedule(seed, kinds),
    onNote: line => console.log(line),
  })
  console.log(`seed ${seed}: ${wrong.length === 0 ? 'all promises are kept' : wrong.join('; ')} (${digest})`)
  return wrong.length > 0 ? 1 : 0
}

async function tell(
  prepared: Prepared,
  { seed, actions, wrong }: { seed: number; actions: readonly Action[]; wrong: readonly string[] },
): Promise<void> {
  console.log(`✖ seed ${seed}`)
  for (const what of wrong) console.log(`    ${what}`)
  if (!values['no-shrink']) await tellFewest(prepared, seed, actions)
  console.log(`  npm run simulate -- --seed ${seed}${kinds ? ` --kinds ${kinds.join(',')}` : ''}`)
}

async function tellFewest(prepared: Prepared, seed: number, actions: readonly Action[]): Promise<void> {
  const fewest = await shrink(
    actions,
    async fewer => (await runSchedule(prepared, { seed, actions: fewer })).wrong.length > 0,
  )
  console.log(`  ${fewest.length} of its ${actions.length} actions are enough:`)
  for (const action of fewest) console.log(`    ${JSON.stringify(action)}`)
}
