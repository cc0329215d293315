import assert from 'node:assert/strict'
import { DatabaseSync } from 'node:sqlite'
import { after, before, test } from 'node:test'
import { type Input, nodeEndpoints } from '@consort/protocol'
import {
  type Asking,
  freshRecords,
  holderOf,
  joinPartners,
  putTriage,
  rarely,
  review,
  sure,
  trainModel,
  unwatched,
} from './asking.ts'
import { consort } from './cli-process.ts'
import { type Network, openNetwork } from './network.ts'

/** One network for all tests; each puts the agent anew. */
let network: Network
let first: Asking
before(async () => {
  network = await openNetwork()
  await joinPartners(network)
  first = await putTriage(network, await trainModel(network), { alpha: 0.2 })
})
after(() => network[Symbol.asyncDispose]())

const params = { agent: 'triage' }
const operator = () => network.callNode('a')
const expert = () => holderOf(network, 'a', first.expert.key)
const valued = (query: Input<typeof nodeEndpoints.valueAgent>['query'] = {}) =>
  operator()(nodeEndpoints.valueAgent, { params, query })

/** A promise that the held-out records are more than enough for. */
async function put(rules: Partial<Input<typeof nodeEndpoints.putAgent>['body']>): Promise<number> {
  const body = { version: first.version, dataset: 'plane', alpha: 0.2, audit: rarely, ...unwatched, ...rules }
  const { gate, guarantee } = await operator()(nodeEndpoints.putAgent, { params, body })
  assert.equal(gate.kind, 'open')
  return guarantee.number
}

interface Line {
  readonly id: string
  readonly isDeferred: boolean
  readonly isAudited: boolean
  readonly label: string | null
  readonly class: string
  readonly confidence: number
  readonly isThrough: boolean
  readonly answerPropensity: number
  readonly auditPropensity: number
}

interface Kept {
  readonly guarantee: number
  readonly class: string
  readonly confidence: number
  readonly threshold: number | null
  readonly propensities: { readonly answer: number }
  readonly audit: { readonly isAudited: boolean; readonly propensity: number }
}

/** What the node's tables hold of a guarantee. */
function linesOf(guarantee: number): Line[] {
  const database = new DatabaseSync(`${network.nodeConfig('a').dataPath}/node.sqlite`)
  const files = database.prepare('select id, action, decision, final_class from asked_case').all()
  const answers = database.prepare("select id, text -> 'decision' as decision from plain_answer").all()
  database.close()
  const lineOf = (id: unknown, action: unknown, text: unknown, label: unknown) => {
    const decision = JSON.parse(String(text)) as Kept
    const { confidence, threshold, propensities, audit } = decision
    return {
      id: String(id),
      guarantee: decision.guarantee,
      isDeferred: action === 'defer',
      isAudited: action === 'answer' && audit.isAudited,
      label: label as string | null,
      class: decision.class,
      confidence,
      isThrough: threshold !== null && confidence >= threshold,
      answerPropensity: propensities.answer,
      auditPropensity: audit.propensity,
    }
  }
  return [
    ...files.map(row => lineOf(row.id, row.action, row.decision, row.final_class)),
    ...answers.map(row => lineOf(row.id, 'answer', row.decision, null)),
  ].filter(line => line.guarantee === guarantee)
}

/** Asks all of them, and has a person label the answers that are spot-checked. */
async function askAll(guarantee: number, rows: number): Promise<void> {
  const labels = new Map<string, string>()
  for (const { cells, label } of freshRecords(network, rows)) {
    labels.set((await first.ask(cells)).id, label)
  }
  for (const { id, isAudited } of linesOf(guarantee)) {
    if (isAudited) await review(expert(), id as never, labels.get(id)!)
  }
}

const meanAndError = (values: readonly number[]): [number, number] => {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length
  const squares = values.reduce((sum, value) => sum + (value - mean) ** 2, 0)
  return [mean, Math.sqrt(squares / (values.length - 1) / values.length)]
}

/** The same figures once more, straight from the tables, for a finite β. */
function recomputed(
  lines: readonly Line[],
  acting: { error: number; price: number; beta: number },
  judged: { error: number; price: number },
) {
  const chance = ({ confidence, isThrough }: Line): number =>
    isThrough ? 1 / (1 + Math.exp(acting.beta * (acting.error * (1 - confidence) - acting.price))) : 0
  const weight = (line: Line): number =>
    line.isAudited ? chance(line) / (line.answerPropensity * line.auditPropensity) : 0
  const wrong = (line: Line): number => (line.label === line.class ? 0 : judged.error)
  const inverse = lines.map(line => (1 - chance(line)) * judged.price + weight(line) * wrong(line))
  const robust = lines.map(line => {
    const predicted = judged.error * (1 - line.confidence)
    const expected = chance(line) * predicted + (1 - chance(line)) * judged.price
    return expected + weight(line) * (wrong(line) - predicted)
  })
  return { answered: meanAndError(lines.map(chance))[0], inverse, robust }
}

function near(actual: number | null, expected: number, what: string): void {
  assert.ok(
    Math.abs(actual! - expected) <= 1e-9 * (1 + Math.abs(expected)),
    `${what}: ${actual}, ${expected}`,
  )
}

test('the figures are those that the log gives, for the rules as they are and for others', async () => {
  const costs = { error: 1, price: 0.3, waiting: 0 }
  const number = await put({ costs, beta: 3, audit: { shareMin: 0.5 } })
  await askAll(number, 100)
  const lines = linesOf(number)
  const value = await valued({ error: 4, beta: 2 })
  assert.deepEqual([value.cases, value.later], [100, 0])
  assert.equal(value.audited, lines.filter(({ isAudited }) => isAudited).length)
  const judged = { error: 4, price: 0.3 }
  const now = recomputed(lines, { error: 1, price: 0.3, beta: 3 }, judged)
  const instead = recomputed(lines, { ...judged, beta: 2 }, judged)
  const differenceOf = (way: 'inverse' | 'robust') =>
    instead[way].map((cost, index) => cost - now[way][index]!)
  for (const [what, told, [inverse, robust]] of [
    ['now', value.now, [now.inverse, now.robust]],
    ['instead', value.instead!, [instead.inverse, instead.robust]],
    ['difference', value.difference!, [differenceOf('inverse'), differenceOf('robust')]],
  ] as const) {
    for (const [estimate, values] of [
      [told.inversePropensity, inverse],
      [told.doublyRobust, robust],
    ] as const) {
      const [mean, error] = meanAndError(values)
      near(estimate.cost, mean, what)
      near(estimate.standardError, error, `the error of ${what}`)
    }
  }
  near(value.now.answered, now.answered, 'answered now')
  near(value.instead!.answered, instead.answered, 'answered instead')
  const dear = await valued({ error: 1e6 })
  assert.ok(dear.instead!.answered < dear.now.answered)
  const alone = await valued()
  assert.deepEqual([alone.instead, alone.difference, alone.judgedBy], [null, null, costs])
  assert.equal((await valued({ error: 1 })).difference!.verdict, 'same')
  await checkCommand()
  await checkWait(number)
})

/** What `consort agent value` prints. */
async function checkCommand(): Promise<void> {
  const command = ['--data', network.nodeConfig('a').dataPath, 'agent', 'value', 'triage']
  const english = await consort(...command, '--error', '1000000')
  assert.match(english.out, /now .*\n *instead .*\n *difference /)
  assert.match(english.out, /100 cases, \d+ of them spot-checked/)
  assert.match((await consort(...command, '--lang', 'zh')).out, /共 100 个案例/)
  const json = await consort(...command, '--beta', '2', '--json')
  assert.deepEqual(JSON.parse(json.out), await valued({ beta: 2 }))
  const wrong = await consort(...command, '--error', 'dear')
  assert.deepEqual([wrong.code === 0, wrong.out], [false, ''])
}

/** An audit that waits for its label hides itself and all that came after it. */
async function checkWait(number: number): Promise<void> {
  const isWaiting = ({ isAudited, label }: Line) => isAudited && label === null
  for (let asked = 0; asked < 200 && !linesOf(number).some(isWaiting); asked++) await first.ask(sure)
  const before = linesOf(number)
  const { id } = before.find(isWaiting)!
  await first.ask(sure)
  const { cases, later } = await valued()
  assert.deepEqual([cases, later], [before.length - 1, 2])
  await review(expert(), id as never, 'ill')
  const settled = await valued()
  assert.ok(settled.cases > cases)
}

test('an agent that never explores can be asked what deferring more costs, not what answering more would have', async () => {
  await put({})
  await assert.rejects(valued(), { code: 'input-invalid' }, 'there is no case')
  for (const { cells } of freshRecords(network, 20)) await first.ask(cells)
  const { now, instead, difference } = await valued({ error: 1e9 })
  assert.ok(now.answered > 0 && instead!.answered < now.answered)
  assert.equal(difference!.verdict, 'too-few', 'no answer is audited')
  // A person is cheaper than an answer of less than 0.95: the gate lets many of these through all the same.
  await put({ costs: { error: 1, price: 0.05, waiting: 0 } })
  const reasons = new Set<string>()
  for (let part = 0; part <= 30; part++) {
    const cells = { x: (sure.x * part) / 30, y: (sure.y * part) / 30 }
    reasons.add((await first.ask(cells)).reason)
  }
  assert.ok(reasons.has('expert-cheaper') && reasons.has('sure-enough'), [...reasons].join())
  await assert.rejects(valued({ price: 5 }), { code: 'input-invalid', message: /what the action answer/ })
  await assert.rejects(operator()(nodeEndpoints.valueAgent, { params: { agent: 'nobody' } }), {
    code: 'not-found',
  })
})
