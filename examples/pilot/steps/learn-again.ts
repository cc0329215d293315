import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import type { EventEntry } from '@consort/agreements'
import type { RunSummary } from '@consort/protocol'
import { exhaust } from '../budgets.ts'
import type { Pilot, Step } from '../pilot.ts'
import type { Hospital } from '../scenario.ts'
import { until } from '../until.ts'

interface Listed {
  readonly id: string
  readonly isPresent: boolean
  readonly accuracy: number | null
}

export const learnAgain: Step = {
  title: 'Learn again: answered cases train, the agreement’s rule starts the run, the better version stays',
  async run(pilot) {
    const { hub, say } = pilot
    const runs = async (): Promise<RunSummary[]> => listOf(await hub.consort<RunSummary[]>('run', 'list'))
    await until(
      async () => ((await runs()).length > 1 ? true : undefined),
      60_000,
      'a run by the rule of the agreement',
    )
    const over = await until(
      async () => (now => (now.every(({ ended }) => ended !== null) ? now : undefined))(await runs()),
      180_000,
      'the end of the runs that the rule started',
    )
    for (const { phase, reason } of over) assert.equal(phase, 'done', reason)
    const models = listOf(await hub.consort<Listed[]>('model', 'list')).reverse()
    let best = models[0]!
    for (const next of models) if (next.accuracy! >= best.accuracy!) best = next
    assert.deepEqual(
      models.filter(({ isPresent }) => isPresent).map(({ id }) => id),
      [best.id],
      'a version replaces the one before only if it is not worse on the test role',
    )
    const figures = models.map(({ accuracy }) => `${(100 * accuracy!).toFixed(1)} %`).join(', then ')
    say(
      `The rule started ${models.length - 1} more run(s); on the registry: ${figures}. In use is number ${models.indexOf(best) + 1}.`,
    )
    const grown = (await eventsOf(pilot, 'cleveland')).filter(({ kind }) => kind === 'dataset-grown')
    assert.ok(grown.length > 0)
    say(
      `cleveland trains on ${grown.reduce((sum, { body }) => sum + Number(body.added), 0)} answered cases more.`,
    )
    await exhaust(pilot)
  },
}

function listOf<T>(listed: T[] | { runs: T[] }): T[] {
  return Array.isArray(listed) ? listed : listed.runs
}

export async function eventsOf({ hospitals }: Pilot, name: Hospital): Promise<EventEntry[]> {
  const site = hospitals.get(name)!
  const path = site.file('log.jsonl')
  await site.consort('audit', 'export', path)
  return readFileSync(path, 'utf8')
    .trim()
    .split('\n')
    .map(line => JSON.parse(line))
    .filter(entry => entry.kind !== undefined && entry.seq !== undefined)
}
