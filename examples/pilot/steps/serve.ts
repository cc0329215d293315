import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { cellAt, type Dataset, labelAt, readDataset } from '@consort/data'
import type { AgentView, CaseView } from '@consort/protocol'
import type { Pilot, Step } from '../pilot.ts'
import type { Site } from '../setting/site.ts'
import { allowConsulting, tellConsulted } from './consult.ts'

const inside = (name: string): string => fileURLToPath(new URL(`../inside/${name}`, import.meta.url))

/**
 * Of what the agent answers alone at most this share may be wrong, with 80 % confidence: forty labels prove no more. A
 * wrong answer costs as much as eight looks of a physician, who sees three in ten of the answers afterwards.
 */
const promise = ['--alpha', '0.3', '--delta', '0.2', '--error-cost', '8', '--spot-check', '0.3']

const deferrals = ['below-threshold', 'gate-closed', 'expert-cheaper']

export const serve: Step = {
  title: 'Serve: an agent answers when it is sure enough, and defers the rest',
  async run(pilot) {
    const { hospitals, model, say, scenario } = pilot
    const { dataset } = scenario.schema
    const site = hospitals.get('cleveland')!
    const agent = await site.consort<AgentView>(
      'agent',
      'put',
      dataset,
      '--model',
      model,
      '--dataset',
      dataset,
      ...promise,
    )
    const { gate } = agent
    say(
      gate.kind === 'open'
        ? `The gate is open from ${gate.threshold.toFixed(3)} on, by ${gate.labels} labels of held-out records, and holds at every later look.`
        : `The gate stays closed after ${gate.labels} labels, until there are ${gate.labelsNeeded} more: everything is deferred.`,
    )
    await allowConsulting(pilot, promise)
    const key = await site.consort<{ key: string; webhookSecret: string }>(
      'key',
      'create',
      'ward',
      '--for',
      'application',
    )
    pilot.applicationKey = key.key
    pilot.webhookSecret = key.webhookSecret
    const receiver = await site.follow([process.execPath, inside('receive.mjs')])
    pilot.deliveries = receiver.lines
    const webhook = (JSON.parse(receiver.first) as { url: string }).url
    const patients = await newPatients(pilot)
    pilot.truths = patients.map(({ truth }) => truth)
    const answers = await ask(
      pilot,
      patients.map(({ cells }) => cells),
      'patient',
      webhook,
    )
    await askTwice(pilot, patients[0]!.cells, answers[0]!, webhook)
    pilot.cases = answers.map(({ id, state, answer }, index) => ({
      id,
      state,
      truth: patients[index]!.truth,
      class: answer?.class,
    }))
    const answered = pilot.cases.filter(({ state }) => state === 'answered')
    const wrong = answered.filter(({ truth, class: said }) => truth !== said)
    if (gate.kind === 'closed') assert.equal(answered.length, 0)
    assert.ok(answered.length < answers.length, 'some are deferred')
    for (const view of answers) {
      assert.equal(view.version, model)
      assert.equal(view.state === 'answered', view.reason === 'sure-enough')
      assert.ok(view.state === 'answered' || deferrals.includes(view.reason))
    }
    await refuseClicks(pilot, agent, answers)
    await tellConsulted(pilot, answers)
    say(
      `${answers.length} new patients: ${answered.length} answered alone (${wrong.length} of them wrongly), ${answers.length - answered.length} deferred.`,
    )
  },
}

/** The ward's application did not get the answer, and sends the same question again. */
async function askTwice(pilot: Pilot, cells: object, first: CaseView, webhook: string): Promise<void> {
  const [again] = await ask(pilot, [cells], 'patient', webhook)
  assert.equal(again!.id, first.id)
  pilot.caught('a question sent twice', 'the second is the same case, and counts once')
}

/** The ward's application praises every answer, as ten accounts of a friend would: what it says has no weight here. */
async function refuseClicks(
  { hospitals, applicationKey, caught }: Pilot,
  { gate }: AgentView,
  answers: readonly CaseView[],
): Promise<void> {
  const site = hospitals.get('cleveland')!
  const answered = answers.filter(({ state }) => state === 'answered').slice(0, 10)
  for (const { id } of answered) {
    const praise = { key: applicationKey, method: 'PUT', body: { verdict: 'right' } }
    const { status } = await callNode(site, { ...praise, path: `/v1/cases/${id}/feedback` })
    assert.equal(status, 200)
  }
  const [agent] = await site.consort<AgentView[]>('agent', 'list')
  assert.deepEqual(agent!.gate, gate)
  caught('clicks that say "right"', `${answered.length} of them, and the gate did not move`)
}

/** One call of the node's API from inside the hospital. */
export async function callNode<Body>(
  site: Site,
  call: { key: string; method: string; path: string; body?: object },
): Promise<{ status: number; body: Body }> {
  const input = JSON.stringify({ node: site.file('node.json'), ...call })
  const { out, err } = await site.run([process.execPath, inside('fetch.mjs')], input)
  assert.ok(out !== '', err)
  return JSON.parse(out)
}

/** As the ward's application writes them: in the units and codes of the agreement. */
async function newPatients({
  hospitals,
  scenario,
}: Pilot): Promise<{ cells: Record<string, string | null>; truth: string }[]> {
  const site = hospitals.get('cleveland')!
  const source = {
    kind: 'mapped',
    path: site.file('new-patients.csv'),
    mapping: site.file('mapping.yaml'),
  } as const
  const table = await readDataset(source, { schema: scenario.schema })
  assert.ok(isTable(table))
  return Array.from({ length: table.count }, (_, row) => ({
    cells: Object.fromEntries(table.columns.map((name, column) => [name, cellAt(table, row, column)])),
    truth: labelAt(table, row),
  }))
}

function isTable(dataset: Dataset): dataset is Extract<Dataset, { kind: 'table' }> {
  return dataset.kind === 'table'
}

async function ask(
  { hospitals, applicationKey, scenario }: Pilot,
  records: readonly object[],
  prefix: string,
  webhook?: string,
): Promise<CaseView[]> {
  const site = hospitals.get('cleveland')!
  const { url } = JSON.parse(readFileSync(site.file('node.json'), 'utf8'))
  const input = { url, key: applicationKey, agent: scenario.schema.dataset, records, webhook, prefix }
  const { out, err } = await site.run([process.execPath, inside('ask.mjs')], JSON.stringify(input))
  const answers = JSON.parse(out || '[]') as { status: number; body: CaseView }[]
  assert.ok(
    answers.length === records.length && answers.every(({ status }) => status < 300),
    `${err}${out.slice(0, 500)}`,
  )
  return answers.map(({ body }) => body)
}
