import assert from 'node:assert/strict'
import { DatabaseSync } from 'node:sqlite'
import type { CaseView, TableSchema } from '@consort/protocol'
import type { Pilot } from '../pilot.ts'
import { setPolicy } from '../policy.ts'
import { until } from '../until.ts'
import { eventsOf } from './learn-again.ts'

const consulted = 'hungarian'

/**
 * Of a patient leaves what is left after this: numbers as the middle of a tenth of their range, in a crowd of five by
 * sex or the like.
 */
function rulesFor({ fields, label }: TableSchema): object {
  const crowd = fields.find(({ kind }) => kind === 'category')?.name
  return {
    fields: [
      ...fields.map(field =>
        field.kind === 'number'
          ? { field: field.name, rule: 'bin', width: (field.max - field.min) / 10 }
          : { field: field.name, rule: 'keep' },
      ),
      { field: label.name, rule: 'drop' },
    ],
    quasiIdentifiers: crowd === undefined ? [] : [crowd],
    sensitive: [],
    k: 5,
    l: 1,
  }
}

/** Cleveland's agent may ask Hungary's about what it would not answer; before that, nothing leaves. */
export async function allowConsulting(pilot: Pilot, promise: readonly string[]): Promise<void> {
  const { hospitals, model, scenario } = pilot
  const { dataset } = scenario.schema
  const epsilon = scenario.budget
  const answer = [{ agent: dataset, partners: ['cleveland'], perDay: 200 }]
  setPolicy(pilot, hospitals.get(consulted)!, { epsilon, consult: { answer } })
  await hospitals
    .get(consulted)!
    .consort('agent', 'put', dataset, '--model', model, '--dataset', dataset, ...promise)
  await until(
    async () => (keysShown(pilot) > 0 ? true : undefined),
    30_000,
    'the key that cases are sealed for',
  )
  const ask = [
    {
      agent: dataset,
      partners: [consulted],
      rules: rulesFor(scenario.schema),
      secondsMax: 20,
      trialShare: 1,
    },
  ]
  setPolicy(pilot, hospitals.get('cleveland')!, { epsilon, consult: { ask } })
}

/** Keys for consultations that the hub passes on. */
function keysShown({ hub }: Pilot): number {
  const database = new DatabaseSync(hub.file('hub.sqlite'), { readOnly: true })
  const { count } = database.prepare('select count(*) as count from consultation_key').get() as {
    count: number
  }
  database.close()
  return count
}

/** What was asked is in the logs of both, by sizes and names; the physician sees what the other agent said. */
export async function tellConsulted(pilot: Pilot, answers: readonly CaseView[]): Promise<void> {
  const { hospitals, say } = pilot
  const deferred = answers.filter(({ state }) => state === 'deferred')
  if (deferred.length === 0) return
  const advised = await until(
    async () => {
      const events = await eventsOf(pilot, 'cleveland')
      const heard = events.filter(({ kind }) => kind === 'case-advised' || kind === 'case-passed-on')
      return heard.length === deferred.length ? heard : undefined
    },
    60_000,
    'what the other hospital’s agent says',
  )
  const given = (await eventsOf(pilot, consulted)).filter(({ kind }) => kind === 'consultation-answered')
  assert.equal(given.length, advised.length)
  assert.ok(hospitals.has(consulted))
  say(
    `About ${advised.length} of them cleveland asked ${consulted}'s agent, sealed through the hub: the physician sees what it said.`,
  )
}
