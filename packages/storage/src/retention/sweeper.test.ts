import assert from 'node:assert/strict'
import test from 'node:test'
import { migrate } from '../database/migrate.ts'
import { openTestDatabase } from '../testing/open-test-database.ts'
import { type KeepSetting, parseKeptDays } from './keep-setting.ts'
import { lastSweep, type RetentionTables, retentionSchema } from './sweep-store.ts'
import { type SweepRows, startSweeper } from './sweeper.ts'

const says = { en: 'old ones', zh: '旧的' }
const settings = {
  crumbs: { setting: 'KEEP_CRUMBS', days: 90, daysMin: 7, says },
  chips: { setting: 'KEEP_CHIPS', days: 30, daysMin: 1, says },
} satisfies Record<string, KeepSetting>

test('a rule keeps rows for as long as its variable says, and a wrong one is named with what it may be', () => {
  assert.deepEqual(parseKeptDays(settings, {}), { crumbs: 90, chips: 30 })
  assert.deepEqual(parseKeptDays(settings, { KEEP_CRUMBS: '7', KEEP_CHIPS: 'always' }), {
    crumbs: 7,
    chips: 'always',
  })
  for (const wrong of ['6', '0', '-1', '1.5', 'never', ' 9', '100000'])
    assert.throws(() => parseKeptDays(settings, { KEEP_CRUMBS: wrong }), {
      code: 'input-invalid',
      message: `KEEP_CRUMBS is no number of days from 7 on: ${wrong}`,
    })
})

async function openSweeper(rules: Record<'crumbs' | 'chips', SweepRows>) {
  const database = await openTestDatabase<RetentionTables>()
  await migrate(database, [retentionSchema])
  const stack = new AsyncDisposableStack()
  const warned: object[] = []
  let now = new Date('2026-04-01T00:00:00.000Z')
  let sweep = async (): Promise<void> => {}
  const log = { info: () => {}, warn: (entry: object) => void warned.push(entry) }
  const alone = <T>(_: string, work: () => Promise<T>) => work()
  const days = { crumbs: 90, chips: 'always' } as const
  const onSweeper = (given: () => Promise<void>) => {
    sweep = given
  }
  startSweeper(stack, { database, rules, days, now: () => now, alone, log, onSweeper })
  return {
    database,
    warned,
    sweep: () => sweep(),
    at: (day: string) => {
      now = new Date(day)
    },
    async [Symbol.asyncDispose]() {
      await stack.disposeAsync()
      await database.destroy()
    },
  }
}

test('each sweep is noted: what went, since when, and that a rule keeps everything', async () => {
  const cuts: string[] = []
  await using sweeper = await openSweeper({
    async *crumbs(before) {
      cuts.push(before.toISOString())
      yield 500
      yield 3
    },
    chips: () => assert.fail('it keeps everything'),
  })
  const { database, at } = sweeper
  await sweeper.sweep()
  at('2026-04-02T00:00:00.000Z')
  await sweeper.sweep()
  assert.deepEqual(cuts, ['2026-01-01T00:00:00.000Z', '2026-01-02T00:00:00.000Z'])
  const swept = { rule: 'crumbs', days: 90, rows: 503, rowsEver: 1006, until: '2026-01-02T00:00:00.000Z' }
  assert.deepEqual(await lastSweep(database, 'crumbs'), { ...swept, swept: '2026-04-02T00:00:00.000Z' })
  assert.equal((await lastSweep(database, 'chips'))?.days, 'always')

  at('2026-03-01T00:00:00.000Z')
  await sweeper.sweep()
  assert.equal((await lastSweep(database, 'crumbs'))?.until, swept.until, 'what went stays gone')
})

test('a rule that fails is logged and keeps no other from its work', async () => {
  const done: string[] = []
  await using sweeper = await openSweeper({
    async *crumbs() {
      yield 1
      throw new Error('the hub is away')
    },
    chips: async function* () {},
  })
  await sweeper.sweep()
  done.push(String((await lastSweep(sweeper.database, 'chips'))?.days))
  assert.deepEqual(done, ['always'])
  assert.deepEqual(sweeper.warned, [{ rule: 'crumbs', error: 'Error: the hub is away' }])
  assert.equal((await lastSweep(sweeper.database, 'crumbs'))?.rows, 1)
})

test('nothing goes while the clock has just jumped, or nothing tells whether it has', async context => {
  context.mock.timers.enable({ apis: ['setInterval'] })
  await using database = await openTestDatabase<RetentionTables>()
  await migrate(database, [retentionSchema])
  let [nowMs, steadyMs] = [Date.UTC(2026, 3, 1), 0]
  const told: string[] = []
  let heard = Promise.withResolvers<void>()
  const tell = (what: string): void => {
    told.push(what)
    heard.resolve()
  }
  const hourLater = async (jumpMs = 0) => {
    heard = Promise.withResolvers<void>()
    nowMs += 3_600_000 + jumpMs
    steadyMs += 3_600_000
    context.mock.timers.tick(3_600_000)
    await heard.promise
  }
  await using stack = new AsyncDisposableStack()
  startSweeper(stack, {
    database,
    rules: {
      // biome-ignore lint/correctness/useYield: nothing is old
      async *crumbs(before) {
        tell(before.toISOString().slice(0, 'yyyy-mm-dd'.length))
      },
    },
    days: { crumbs: 90 },
    now: () => new Date(nowMs),
    steadyMs: () => steadyMs,
    alone: (_, work) => work(),
    log: { info: () => {}, warn: (_, message) => tell(message) },
  })
  await heard.promise
  await hourLater()
  const yearMs = 365 * 86_400_000
  await hourLater(yearMs)
  await hourLater(-yearMs)
  await hourLater()
  const waits = 'retention-waits-for-clock'
  assert.deepEqual(told, [waits, '2026-01-01', waits, '2026-01-01', '2026-01-01'])
})
